"""Who acts, and what that one may do, and where.

Owns: `Actor`, the roles and what each permits, the reach of a grant.
Never: looks anything up. An actor is built once, at the edge (sign-in, token, command line, schedule), and passed on.
Always: no permission is implied; a grant without a company reaches every company, one with a company only that one, one
with a unit only what lies in that unit or below it. What lies in no unit is reached by whole-company grants alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from hongyan.kernel.decision import Refusal

Role = Literal["system", "office", "security", "audit", "scoped", "hr", "it", "head", "keeper"]
Permission = Literal[
    "company.write", "people.write", "people.read", "mailbox.write", "mailbox.read", "group.write", "group.read",
    "role.read", "role.write", "settings.write", "queue.write", "token.write", "audit.read", "health.read",
    "release.write",
]  # fmt: skip

_ALL: Final = frozenset(
    ("company.write", "people.write", "people.read", "mailbox.write", "mailbox.read", "group.write", "group.read",
     "role.read", "role.write", "settings.write", "queue.write", "token.write", "audit.read", "health.read",
     "release.write")
)  # fmt: skip
_READS: Final = frozenset(("people.read", "mailbox.read", "group.read", "health.read"))
PERMITS: Final[dict[Role, frozenset[str]]] = {
    # clauses G2.1.1-3: the office runs the service for its company; the operator runs the machine.
    "system": _ALL,
    "office": _ALL - {"company.write", "release.write", "audit.read"},
    "security": _READS | {"role.read", "role.write", "audit.read"},
    "audit": frozenset(("audit.read", "role.read", "health.read")),
    "scoped": _READS | {"people.write", "mailbox.write", "group.write"},
    "hr": frozenset(("people.read", "people.write", "mailbox.read", "health.read")),
    "it": _READS | {"mailbox.write", "group.write"},
    "head": frozenset(("people.read", "mailbox.read")),
    "keeper": frozenset(),
}
#: Roles that may be held for a unit instead of a whole company.
UNIT_ROLES: Final[frozenset[Role]] = frozenset(("scoped", "hr", "it", "head"))


@dataclass(frozen=True, slots=True)
class Grant:
    role: Role
    company: str = ""  #: slug; empty: every company (the operator of the machine)
    unit: str = ""  #: path of a unit; empty: the whole company
    only: frozenset[str] | None = None  #: no more than these of the role's permissions; None: all of them
    seats: int | None = None  #: how many mailboxes the unit may hold when this grant opens them; None: any number
    storage_mb: int | None = None  #: how many MiB in all

    def permits(self, permission: str) -> bool:
        return permission in PERMITS[self.role] and (self.only is None or permission in self.only)

    def reaches(self, company: str, within: Iterable[str]) -> bool:
        """Whether something of that company, in (any of) those units, lies in this grant's reach."""
        if self.company not in ("", company):
            return False
        return not self.unit or any(path == self.unit or path.startswith(self.unit + "/") for path in within)


@dataclass(frozen=True, slots=True)
class Actor:
    """`name` goes into the audit: an address, `operator`, `cli:root`, `schedule:expiry`."""

    name: str
    grants: tuple[Grant, ...] = ()
    account_id: int | None = None
    company: str = ""  #: the company that the actor belongs to; empty for the machine's own
    locale: str = "en"
    remote: str = ""  #: network address, when there is one
    maker_id: int | None = None  #: of a token: the account that made it, whose rights it must not widen

    def may(self, permission: Permission, company: str, within: Iterable[str] = ()) -> bool:
        """`within`: paths of the units that the object lies in. Without them only whole-company grants count."""
        places = tuple(within)
        return any(g.permits(permission) and g.reaches(company, places) for g in self.grants)

    def may_somewhere(self, permission: Permission, company: str) -> bool:
        """Whether any part of the company is open: for showing a page or a list, never for a write."""
        return any(g.permits(permission) and g.company in ("", company) for g in self.grants)

    def reach(self, permission: Permission, company: str) -> tuple[str, ...] | None:
        """Paths of the units that lists are narrowed to; None: the whole company; (): nothing."""
        grants = [g for g in self.grants if g.permits(permission) and g.company in ("", company)]
        if any(not g.unit for g in grants):
            return None
        return tuple(sorted({g.unit for g in grants}))

    def require(self, permission: Permission, company: str, within: Iterable[str] = ()) -> None:
        """Raises Refusal `permission.missing` unless one of the actor's grants permits it for that company and place."""
        if not self.may(permission, company, within):
            raise Refusal("permission.missing", clause="G2.1.3", permission=permission)

    def require_somewhere(self, permission: Permission, company: str) -> None:
        """Before anything is looked up for an action whose place is not known yet. `require` must follow."""
        if not self.may_somewhere(permission, company):
            raise Refusal("permission.missing", clause="G2.1.3", permission=permission)


def command_line(user: str = "root") -> Actor:
    """The person at the machine's own shell: whoever is root there holds everything anyhow, so it is said plainly."""
    return Actor(name=f"cli:{user}", grants=(Grant("system"), Grant("security")))


def schedule(task: str) -> Actor:
    """Scheduled work acts under its own name and passes the same checks."""
    return Actor(name=f"schedule:{task}", grants=(Grant("system"), Grant("security")))
