"""What the console does to many mailboxes at once: suspend, resume, another size, another last day.

Always: each row goes through the one action, which checks and records as for one mailbox.
"""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from hongyan.company.bulk.operations import Operation, Params
from hongyan.company.life import actions as life
from hongyan.company.mailboxes import actions
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.mailboxes.queries import quota_mb
from hongyan.company.mailboxes.scope import mailboxes_within
from hongyan.company.people.actions import clean_name
from hongyan.company.people.models import Company
from hongyan.company.people.settings import parse_size
from hongyan.kernel import clock
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Decision, Refusal


def mailboxes(actor: Actor, company: Company) -> QuerySet[Mailbox]:
    found = mailboxes_within(actor, "mailbox.write", company).filter(closed_at=None)
    return found.select_related("company", "account", "person", "unit", "keeper")


# -- suspend, resume -----------------------------------------------------------------------------
def _reason(actor: Actor, company: Company, params: Params) -> Params:
    given = str(params.get("reason", ""))
    return {"reason": clean_name(given, "mailbox.reason_malformed", 200) if given.strip() else ""}


def _preview_suspend(actor: Actor, mailbox: Mailbox, params: Params) -> Decision:
    if mailbox.suspended_at is not None:
        raise Refusal("mailbox.already_suspended", address=mailbox.address)
    return Decision("bulk.mailboxes.suspend")


def _suspend(actor: Actor, mailbox: Mailbox, params: Params) -> None:
    actions.suspend_mailbox(actor=actor, mailbox=mailbox, reason=params.get("reason", ""))


def _preview_resume(actor: Actor, mailbox: Mailbox, params: Params) -> Decision:
    if mailbox.suspended_at is None:
        raise Refusal("mailbox.not_suspended", address=mailbox.address)
    return Decision("bulk.mailboxes.resume")


def _resume(actor: Actor, mailbox: Mailbox, params: Params) -> None:
    actions.resume_mailbox(actor=actor, mailbox=mailbox)


# -- size ----------------------------------------------------------------------------------------
def _size(actor: Actor, company: Company, params: Params) -> Params:
    """`size`: 5GB, 500MB; empty: the company's."""
    text = str(params.get("size", "")).strip()
    megabytes = parse_size(text) if text else None
    if megabytes is not None:
        actions.check_quota(megabytes)
    return {"size": text, "megabytes": megabytes}


def _after(mailbox: Mailbox, params: Params) -> int:
    given = params.get("megabytes")
    return mailbox.company.quota_mb if given is None else int(given)


def _preview_quota(actor: Actor, mailbox: Mailbox, params: Params) -> Decision:
    if mailbox.quota_mb == params.get("megabytes"):
        raise Refusal("bulk.same")
    before, after = quota_mb(mailbox), _after(mailbox, params)
    code = "bulk.mailboxes.quota_full" if mailbox.used_mb > after else "bulk.mailboxes.quota"
    return Decision(code, {"before": before << 20, "after": after << 20, "used": mailbox.used_mb << 20})


def _quota(actor: Actor, mailbox: Mailbox, params: Params) -> None:
    actions.set_quota(actor=actor, mailbox=mailbox, megabytes=params.get("megabytes"))


# -- last day ------------------------------------------------------------------------------------
def _day(actor: Actor, company: Company, params: Params) -> Params:
    """`until`: a date; empty: no last day."""
    text = str(params.get("until", "")).strip()
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        raise Refusal("date.malformed", text=text) from None
    if day is not None and day <= clock.today():
        raise Refusal("mailbox.expiry_past", clause="B2", date=day.isoformat())
    return {"until": day.isoformat() if day else ""}


def _until(params: Params) -> date | None:
    return date.fromisoformat(params["until"]) if params.get("until") else None


def _preview_expiry(actor: Actor, mailbox: Mailbox, params: Params) -> Decision:
    until = _until(params)
    if mailbox.expires_on == until:
        raise Refusal("bulk.same")
    if until is None and mailbox.kind == "intern":
        raise Refusal("mailbox.expiry_needed", clause="B2")
    return Decision("bulk.mailboxes.expiry" if until else "bulk.mailboxes.no_expiry", {"until": params["until"]})


def _expiry(actor: Actor, mailbox: Mailbox, params: Params) -> None:
    life.set_expiry(actor=actor, mailbox=mailbox, on=_until(params))


SUSPEND = Operation("mailbox.write", mailboxes, _preview_suspend, _suspend, _reason)
RESUME = Operation("mailbox.write", mailboxes, _preview_resume, _resume)
QUOTA = Operation("mailbox.write", mailboxes, _preview_quota, _quota, _size)
EXPIRY = Operation("mailbox.write", mailboxes, _preview_expiry, _expiry, _day)
