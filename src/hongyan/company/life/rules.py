"""What falls due by itself in a mailbox's life: the end of stops, notices before the last day, mailboxes nobody uses.

- `end_stops`, `tell_expiries`, `end_mailboxes`, `follow_idle`: run by the schedule, each safe to repeat;
- `on_expiry(handler)`: who takes over when a last day has come (the leaving process); else the mailbox is suspended;
- `set_idle_rule`: a company's rule; none by default.

Always: the schedule acts by the same actions a person would use; a notice about a day is sent once.
Clauses: G2.1.6, B2.
"""

from __future__ import annotations

from collections.abc import Callable

from hongyan.company.life.before import Due
from hongyan.company.life.models import IdleRule
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.models import Company
from hongyan.kernel.actor import Actor

#: (actor, mailbox) -> whether it took over
Ending = Callable[[Actor, Mailbox], bool]
_endings: list[Ending] = []


def on_expiry(handler: Ending) -> None:
    if handler not in _endings:
        _endings.append(handler)


def idle_steps(mailbox: Mailbox) -> list[Due]:
    """When the rule for unused mailboxes comes to this one, if it does."""
    return []


def rule_of(company: Company) -> IdleRule | None:
    return IdleRule.objects.filter(company=company).first()
