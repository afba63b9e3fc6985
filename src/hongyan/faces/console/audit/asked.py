"""What somebody asks of the audit: from the page's address to a query.

Always: an answer comes from an index or from the newest `Wanted.SEARCHED` rows: an audit of years is not read through
for one word without saying so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hongyan.evidence.audit.queries import Question
from hongyan.faces.console.events import KINDS

#: Names of groups of kinds; one that is missing here shows as it is stored.
NAMES: dict[str, str | Promise] = {
    "account": _("Accounts"), "alias": _("Aliases"), "audit": _("Audit"), "bulk": _("Bulk changes"),
    "company": _("Companies and settings"), "device": _("App passwords"), "domain": _("Domains"),
    "group": _("Groups"), "link": _("One-time links"), "list": _("Lists taken along"), "mail": _("Mail"),
    "mailbox": _("Mailboxes"), "misuse": _("Misuse"), "notice": _("Notices"), "password": _("Passwords"),
    "person": _("Persons"), "queue": _("Mail queue"), "quota": _("Mailbox size"), "release": _("Releases"),
    "role": _("Roles"), "service": _("Services"), "sessions": _("Sessions"), "signin": _("Sign-ins"),
    "unit": _("Units"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    prefix: str  #: "signin."
    title: str | Promise
    kinds: tuple[tuple[str, str | Promise], ...]


def groups() -> list[Group]:
    """Every kind that has words, under its group, in the order of their names."""
    found: dict[str, list[tuple[str, str | Promise]]] = {}
    for kind, title in KINDS.items():
        found.setdefault(kind.partition(".")[0], []).append((kind, title))
    made = [Group(f"{name}.", NAMES.get(name, name), tuple(kinds)) for name, kinds in found.items()]
    return sorted(made, key=lambda group: str(group.title))


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters as they were written, for the form, and the question that they make."""

    subject: str = ""
    actor: str = ""
    kind: str = ""
    text: str = ""
    since: str = ""
    until: str = ""
    question: Question = field(default_factory=Question)

    @property
    def narrowed(self) -> bool:
        return any((self.subject, self.actor, self.kind, self.text, self.since, self.until))

    def query(self, **more: object) -> str:
        """The address's query that asks the same, with `more`."""
        mine = {
            "subject": self.subject, "actor": self.actor, "kind": self.kind, "q": self.text, "since": self.since,
            "until": self.until,
        } | more  # fmt: skip
        return urlencode({name: value for name, value in mine.items() if value})


def read(asked: Mapping[str, str]) -> Asked:
    made = Asked(
        subject=asked.get("subject", "").strip()[:254], actor=asked.get("actor", "").strip()[:254],
        kind=asked.get("kind", "").strip()[:60], text=asked.get("q", "").strip()[:100],
        since=asked.get("since", ""), until=asked.get("until", ""),
    )  # fmt: skip
    question = Question(
        subject=made.subject.lower() if "@" in made.subject else made.subject,
        actor=made.actor.lower() if "@" in made.actor else made.actor,
        kinds=_kinds(made.kind), kind=made.kind, text=made.text,
        since=_day(made.since), until=_day(made.until, days=1),
    )  # fmt: skip
    return replace(made, question=question)


def _kinds(kind: str) -> tuple[str, ...]:
    """The known kinds of a group; none when the words are of no group (then `kind` is matched from its start)."""
    return tuple(known for known in KINDS if known.startswith(kind)) if kind.endswith(".") else ()


def _day(text: str, days: int = 0) -> datetime | None:
    """Midnight of the day, here; `days` later."""
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    return timezone.make_aware(datetime.combine(day + timedelta(days=days), time.min)) if day else None
