"""Who acts, and what that one may do.

Owns: `Actor`, the roles and what each permits.
Never: looks anything up. An actor is built once, at the edge (sign-in, command line, schedule), and passed on.
Always: no permission is implied; a role without a company reaches every company, one with a company only that one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from hongyan.kernel.decision import Refusal

Role = Literal["system", "office", "audit"]
Permission = Literal[
    "company.write", "people.write", "mailbox.write", "mailbox.read", "group.write", "audit.read", "health.read",
    "release.write",
]  # fmt: skip

PERMITS: Final[dict[Role, frozenset[str]]] = {
    # clauses G2.1.1-3: the office runs the service for its company; the operator runs the machine.
    "system": frozenset(
        ("company.write", "people.write", "mailbox.write", "mailbox.read", "group.write", "audit.read", "health.read",
         "release.write")
    ),
    "office": frozenset(("people.write", "mailbox.write", "mailbox.read", "group.write", "health.read")),
    "audit": frozenset(("audit.read", "health.read")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grant:
    role: Role
    company: str = ""  #: slug; empty: every company (the operator of the machine)


@dataclass(frozen=True, slots=True)
class Actor:
    """`name` goes into the audit: an address, `operator`, `cli:root`, `schedule:expiry`."""

    name: str
    grants: tuple[Grant, ...] = ()
    account_id: int | None = None
    company: str = ""  #: the company that the actor belongs to; empty for the machine's own
    locale: str = "en"
    remote: str = ""  #: network address, when there is one

    def may(self, permission: Permission, company: str) -> bool:
        return any(permission in PERMITS[g.role] and g.company in ("", company) for g in self.grants)

    def require(self, permission: Permission, company: str) -> None:
        """Raises Refusal `permission.missing` unless one of the actor's roles permits it for that company."""
        if not self.may(permission, company):
            raise Refusal("permission.missing", clause="G2.1.3", permission=permission)


def command_line(user: str = "root") -> Actor:
    """The person at the machine's own shell: whoever is root there holds everything anyhow, so it is said plainly."""
    return Actor(name=f"cli:{user}", grants=(Grant("system"),))


def schedule(task: str) -> Actor:
    """Scheduled work acts under its own name and passes the same checks."""
    return Actor(name=f"schedule:{task}", grants=(Grant("system"),))
