"""Stops, forwarding, the answer of who has left, the last day. Leaving, keeping, and the address afterwards are `course.py`'s.

The contract for pages, commands, the API and other rooms:
- `stop(what=...)`, `lift(what=...)`: sending, signing in and receiving, each by itself, with reason and last day;
- `forward_mail(to=...)`: new mail to a colleague as well, inside the company alone; a copy stays; `to=None` ends it;
- `set_reply(text_by_locale=...)`: what who writes is answered; None ends it;
- `set_expiry(on=...)`: the last day; a later one opens again what had expired.

Always: permission, rows, audit event and outbox in one transaction; held by the engines on every protocol within two
seconds, live sessions that it forbids ended; nobody gives himself another's mail.
Clauses: G2.1.6, G3.2.1, B2, B4.8.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from django.db import transaction

from hongyan.company.life import parts, states
from hongyan.company.life.models import WHAT, Forward, Reply, Seen, Stop
from hongyan.company.life.states import What
from hongyan.company.mailboxes import limits
from hongyan.company.mailboxes.actions import resume_mailbox, suspend_mailbox
from hongyan.company.mailboxes.models import PERSONAL_KINDS, Mailbox
from hongyan.company.people.models import LOCALES
from hongyan.kernel import clock
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

REPLY_LIMIT: Final = 2000  #: characters of one language
EXPIRED_BY: Final = "schedule:expiry"
_FLAGS: Final[dict[str, str]] = {"sending": "no_sending", "receiving": "no_receiving"}
_ROW: Final = ["suspended_at", "suspended_reason", "no_sending", "no_receiving", "stage", "closed_at"]


def stop(*, actor: Actor, mailbox: Mailbox, what: What, reason: str, until: date | None = None) -> Stop:
    """From now on, to the end of the day `until` or until it is lifted. Refuses `life.already_stopped`, `life.until_past`.

    signing_in ends live sessions on every protocol; sending and receiving leave the owner reading his mail.
    """
    parts.require(actor, mailbox)
    _check_what(what)
    if until is not None and until < clock.today():
        raise Refusal("life.until_past", clause="G2.1.6", date=until.isoformat())
    reason = parts.clean_reason(reason)
    with transaction.atomic():
        _lock(mailbox)
        if what in states.stopped(mailbox):
            raise Refusal("life.already_stopped", clause="G2.1.6", address=mailbox.address, what=what)
        _close_rows(actor, mailbox, what)  # one that was lifted elsewhere
        row = Stop.objects.create(
            mailbox=mailbox, what=what, reason=reason, since=clock.now(), until=until, by=actor.name
        )
        if what == "signing_in":
            suspend_mailbox(actor=actor, mailbox=mailbox, reason=reason)
        else:
            _set_flag(mailbox, what, on=True)
            parts.note(
                "mailbox.stopped", actor, mailbox, what=what, reason=reason, until=until.isoformat() if until else ""
            )
    return row


def lift(*, actor: Actor, mailbox: Mailbox, what: What) -> None:
    """It does it again. Refuses `life.not_stopped`; `life.is_retained` for the way in to a mailbox that is kept."""
    parts.require(actor, mailbox)
    _check_what(what)
    with transaction.atomic():
        _lock(mailbox)
        if what not in states.stopped(mailbox):
            raise Refusal("life.not_stopped", address=mailbox.address, what=what)
        if what == "signing_in":
            resume_mailbox(actor=actor, mailbox=mailbox)  # `resumed` closes the row
        else:
            _close_rows(actor, mailbox, what)
            _set_flag(mailbox, what, on=False)
            parts.note("mailbox.lifted", actor, mailbox, what=what)


def forward_mail(*, actor: Actor, mailbox: Mailbox, to: Mailbox | None) -> None:
    """New mail goes to `to` as well, a copy stays (clause B4.8). Refuses what `parts.require_heir` does,
    `life.still_working` unless the mailbox is leaving, kept or closed to its owner, `life.forward_loop`."""
    parts.require(actor, mailbox)
    if to is None:
        with transaction.atomic():
            _end_forward(actor, mailbox)
        return
    _require_cover(mailbox)
    if mailbox.kind not in PERSONAL_KINDS:
        raise Refusal("life.forward_shared", clause="G3.2.2", address=mailbox.address)
    parts.require_heir(actor, mailbox, to)
    if mailbox.pk in _reached_from(to):
        raise Refusal("life.forward_loop", clause="B4.8", address=mailbox.address, to=to.address)
    with transaction.atomic():
        _lock(mailbox)
        Forward.objects.update_or_create(
            mailbox=mailbox, defaults={"to": to, "since": clock.now(), "by": actor.name}
        )  # fmt: skip
        parts.note("mailbox.forwarded", actor, mailbox, to=to.address)
        parts.release(mailbox)


def set_reply(*, actor: Actor, mailbox: Mailbox, text_by_locale: Mapping[str, str] | None) -> None:
    """What everybody who writes is answered, at most once a day; all languages in one answer. None: nothing any more.

    Refuses `life.still_working` as `forward_mail`, `life.reply_*` for a text that cannot be sent.
    """
    parts.require(actor, mailbox)
    if text_by_locale is None:
        with transaction.atomic():
            _end_reply(actor, mailbox)
        return
    _require_cover(mailbox)
    texts = {locale: _reply_text(locale, text) for locale, text in text_by_locale.items() if text.strip()}
    if not texts:
        raise Refusal("life.reply_empty", address=mailbox.address)
    with transaction.atomic():
        _lock(mailbox)
        Reply.objects.update_or_create(
            mailbox=mailbox, defaults={"texts": texts, "since": clock.now(), "by": actor.name}
        )  # fmt: skip
        parts.note("mailbox.reply", actor, mailbox, locales=sorted(texts))
        parts.release(mailbox)


def set_expiry(*, actor: Actor, mailbox: Mailbox, on: date | None) -> None:
    """The last day (clause B2); a later one opens again what had expired. Refuses as `limits.set_expiry`."""
    with transaction.atomic():
        limits.set_expiry(actor=actor, mailbox=mailbox, until=on)
        expired = mailbox.stops.filter(what="signing_in", lifted_at__isnull=True, by=EXPIRED_BY)
        if mailbox.suspended_at is not None and not mailbox.stage and expired.exists():
            lift(actor=actor, mailbox=mailbox, what="signing_in")


# -- for the other parts of this room -------------------------------------------------------------


def resumed(actor: Actor, mailbox: Mailbox) -> None:
    """The owner signs in again, by whichever action: what covered for him ends. Called inside that action."""
    _close_rows(actor, mailbox, "signing_in")
    Seen.objects.update_or_create(mailbox=mailbox, defaults={"on": clock.today()})  # counted from here (idle.py)
    if not mailbox.stage:
        end_cover(actor, mailbox)


def end_cover(actor: Actor, mailbox: Mailbox) -> None:
    """Forwarding and answer end."""
    _end_forward(actor, mailbox)
    _end_reply(actor, mailbox)


def _require_cover(mailbox: Mailbox) -> None:
    """Only who leaves, has left or is kept out is covered for: a working mailbox is its owner's (clause G4.2.3)."""
    if not mailbox.stage and mailbox.suspended_at is None:
        raise Refusal("life.still_working", clause="G4.2.3", address=mailbox.address)


def _reached_from(mailbox: Mailbox) -> set[int]:
    """The mailboxes that its mail is forwarded to, itself among them."""
    seen: set[int] = set()
    found: int | None = mailbox.pk
    while found is not None and found not in seen:
        seen.add(found)
        found = Forward.objects.filter(mailbox=found).values_list("to", flat=True).first()
    return seen


def _end_forward(actor: Actor, mailbox: Mailbox) -> None:
    if Forward.objects.filter(mailbox=mailbox).delete()[0]:
        parts.note("mailbox.forward_ended", actor, mailbox)
        parts.release(mailbox)


def _end_reply(actor: Actor, mailbox: Mailbox) -> None:
    if Reply.objects.filter(mailbox=mailbox).delete()[0]:
        parts.note("mailbox.reply_ended", actor, mailbox)
        parts.release(mailbox)


def _check_what(what: str) -> None:
    if what not in WHAT:
        raise Refusal("life.what_unknown", what=what[:20], known=", ".join(WHAT))


def _lock(mailbox: Mailbox) -> None:
    """The row as it is now, held until the end of the transaction: of two who act at once, the second sees the first."""
    mailbox.refresh_from_db(fields=_ROW, from_queryset=Mailbox.objects.select_for_update())


def _set_flag(mailbox: Mailbox, what: str, *, on: bool) -> None:
    setattr(mailbox, _FLAGS[what], on)
    mailbox.save(update_fields=[_FLAGS[what]])
    parts.release(mailbox, *(parts.led_here(mailbox) if what == "receiving" else ()))


def _close_rows(actor: Actor, mailbox: Mailbox, what: str) -> None:
    Stop.objects.filter(mailbox=mailbox, what=what, lifted_at__isnull=True).update(
        lifted_at=clock.now(), lifted_by=actor.name
    )


def _reply_text(locale: str, text: str) -> str:
    if locale not in dict(LOCALES):
        raise Refusal("locale.unknown", locale=locale[:20], known=", ".join(dict(LOCALES)))
    clean = text.replace("\r\n", "\n").strip()
    if len(clean) > REPLY_LIMIT:
        raise Refusal("life.reply_long", limit=REPLY_LIMIT)
    if any((ord(c) < 32 and c not in "\n\t") or c == "\x7f" for c in clean):
        raise Refusal("life.reply_malformed")
    return clean
