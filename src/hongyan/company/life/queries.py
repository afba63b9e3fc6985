"""Reads of a mailbox's life: its state with everything about it, what comes next and why, what moved it.

Always: about one mailbox that the caller has looked up for a reader who may see it; nothing here reads mail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from hongyan.company.life import idle, states
from hongyan.company.life.before import Due, due_elsewhere
from hongyan.company.life.models import Course, Forward, Reply
from hongyan.company.life.states import State, What
from hongyan.company.mailboxes.models import Mailbox
from hongyan.kernel.decision import Decision
from hongyan.kernel.models import Event

#: The events that moved a mailbox in its life, or say what covered for it.
MOVES: Final = (
    "mailbox.opened", "mailbox.suspended", "mailbox.resumed", "mailbox.stopped", "mailbox.lifted", "mailbox.leaving",
    "mailbox.stays", "mailbox.retained", "mailbox.unretained", "mailbox.closed", "mailbox.kept_as_alias",
    "mailbox.forwarded", "mailbox.forward_ended", "mailbox.reply", "mailbox.reply_ended", "mailbox.expiry",
    "mailbox.renamed", "mailbox.withdrawn", "mailbox.expiry_told", "mailbox.idle_told", "password.reset",
    "password.changed", "account.activated", "alias.removed",
)  # fmt: skip
_NAMES: Final = 10  #: former addresses that are followed


@dataclass(frozen=True, slots=True)
class StopView:
    what: What
    reason: str
    since: datetime
    until: date | None
    by: str


@dataclass(frozen=True, slots=True)
class LifeView:
    state: State
    since: datetime  #: when it came there
    by: str
    until: date | None
    stops: tuple[StopView, ...]
    successor: str
    alias_of: str
    forward_to: str
    reply: dict[str, str]
    expires_on: date | None
    next_step: Due | None


def life_of(mailbox: Mailbox) -> LifeView:
    """All of it; a handful of queries."""
    course = Course.objects.select_related("successor", "of").filter(mailbox=mailbox).first()
    forward = Forward.objects.select_related("to").filter(mailbox=mailbox).first()
    reply = Reply.objects.filter(mailbox=mailbox).first()
    where, stopped = states.state(mailbox), stops(mailbox)
    since, by = _since(mailbox, where, stopped, course)
    alive = course if where in ("leaving", "retained", "alias") else None
    return LifeView(
        state=where,
        since=since,
        by=by,
        until=alive.until if alive else None,
        stops=stopped,
        successor=alive.successor.address if alive and alive.successor else "",
        alias_of=alive.of.address if alive and alive.of else "",
        forward_to=forward.to.address if forward else "",
        reply=dict(reply.texts) if reply else {},
        expires_on=mailbox.expires_on if mailbox.closed_at is None else None,
        next_step=next_step(mailbox, stopped, alive),
    )


def stops(mailbox: Mailbox) -> tuple[StopView, ...]:
    """What it does not do now, since when, until when, why and by whom."""
    rows = {row.what: row for row in mailbox.stops.filter(lifted_at__isnull=True)}
    found = []
    for what in states.stopped(mailbox):
        row = rows.get(what)
        if row is not None:
            found.append(StopView(what, row.reason, row.since, row.until, row.by))
        elif what == "signing_in" and mailbox.suspended_at is not None:
            by = _last(mailbox, "mailbox.suspended")
            found.append(StopView(what, mailbox.suspended_reason, mailbox.suspended_at, None, by.actor if by else ""))
    return tuple(found)


def next_step(
    mailbox: Mailbox, stopped: tuple[StopView, ...] | None = None, course: Course | None = None
) -> Due | None:
    """What falls due first, and why; None: nothing does by itself."""
    found = list(due_elsewhere(mailbox.address))
    if course is not None and course.until is not None:
        code = {"leaving": "life.next.last_day", "retained": "life.next.retention", "alias": "life.next.alias"}
        over = course.until if mailbox.stage == "leaving" else course.until + timedelta(days=1)
        found.append(Due(over, Decision(code[mailbox.stage], clause="B4.8")))
    if mailbox.closed_at is None:
        for each in stops(mailbox) if stopped is None else stopped:
            if each.until is not None:
                found.append(
                    Due(each.until + timedelta(days=1), Decision("life.next.stop_ends", {"what": each.what}, "G2.1.6"))
                )
        if mailbox.expires_on is not None and mailbox.suspended_at is None:
            found.append(Due(mailbox.expires_on, Decision("life.next.expiry", clause="B2")))
        found += idle.idle_steps(mailbox)
        if states.state(mailbox) in ("activation", "first"):
            found.append(Due(None, Decision(f"life.next.{states.state(mailbox)}", clause="G3.1.1")))
    return min(found, key=lambda due: (due.on is None, due.on or date.max), default=None)


def history(mailbox: Mailbox, limit: int = 50, before: int | None = None) -> list[Event]:
    """What moved it and who did, newest first, under its former addresses too. `before`: the last event's `seq`, to go on."""
    rows = moves(mailbox)
    if before is not None:
        rows = rows.filter(seq__lt=before)
    return list(rows.order_by("-seq")[:limit])


def moves(mailbox: Mailbox) -> QuerySet[Event]:
    """All of `history`, in no particular order."""
    return Event.objects.filter(chain=mailbox.company.slug, subject__in=_names(mailbox), kind__in=MOVES)


def _names(mailbox: Mailbox) -> list[str]:
    names = [mailbox.address]
    for _ in range(_NAMES):
        renamed = Event.objects.filter(chain=mailbox.company.slug, subject=names[-1], kind="mailbox.renamed")
        before = renamed.order_by("-pk").values_list("params__before", flat=True).first()
        if not before or before in names:
            break
        names.append(str(before))
    return names


def _last(mailbox: Mailbox, *kinds: str) -> Event | None:
    rows = Event.objects.filter(chain=mailbox.company.slug, subject=mailbox.address, kind__in=kinds)
    return rows.order_by("-pk").first()


def _since(
    mailbox: Mailbox, where: State, stopped: tuple[StopView, ...], course: Course | None
) -> tuple[datetime, str]:
    if where in ("leaving", "retained", "alias") and course is not None:
        return course.since, course.by
    if where == "suspended" and stopped:
        first = min(stopped, key=lambda stop: stop.since)
        return first.since, first.by
    if where == "closed" and mailbox.closed_at is not None:
        closed = _last(mailbox, "mailbox.closed")
        return mailbox.closed_at, closed.actor if closed else ""
    moved = _last(mailbox, *(kind for kind in MOVES if not kind.startswith("alias.")))
    return (moved.at, moved.actor) if moved else (mailbox.opened_at, "")
