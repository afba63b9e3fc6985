"""What an approved request does: for each form the action that a person would have called.

Owns: `EXECUTORS`. Never: checks who may; the chain has decided, and the action keeps its own rules all the same.
Always: acts as `schedule:requests`, on rows of the request's own company, found anew now: what changed since it was filed
makes the action refuse, and the request is stuck with that refusal.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from hongyan.company.life import actions as life
from hongyan.company.mailboxes import actions as mailboxes, changes, members, routing
from hongyan.company.mailboxes.actions import NewMailbox
from hongyan.company.mailboxes.models import PERSONAL_KINDS, Mailbox
from hongyan.company.people.models import Person, Unit
from hongyan.company.permits.actions import grant_permit
from hongyan.company.requests.models import Request
from hongyan.kernel.actor import Actor, schedule
from hongyan.kernel.decision import Refusal

NAME: Final = "requests"
Result = dict[str, Any]


def actor() -> Actor:
    return schedule(NAME)


def carry(request: Request) -> Result:
    """Do it. Raises the action's Refusal, and then nothing of it has happened (the caller holds a savepoint)."""
    return EXECUTORS[request.form](request)


def mailbox_of(request: Request) -> Mailbox:
    """The mailbox that it is about, by whatever address now. Refuses `mailbox.unknown`, `mailbox.closed`."""
    rows = Mailbox.objects.select_related("company", "account__person", "person", "keeper", "unit")
    found = rows.filter(pk=request.mailbox_id or 0, company=request.company_id).first()
    if found is None:
        raise Refusal("mailbox.unknown", address=request.subject)
    if found.closed_at is not None:
        raise Refusal("mailbox.closed", address=found.address)
    return found


def _until(request: Request) -> date | None:
    """The day asked for; one that is past by now makes the action refuse."""
    text = request.fields.get("until")
    return date.fromisoformat(text) if text else None


def _reason(request: Request) -> str:
    return f"#{request.number} " + " ".join(str(request.fields.get("reason", "")).split())[:150]


def _person(request: Request) -> Person:
    person = request.person
    if person is None or person.left_on is not None:
        raise Refusal("request.person_left", name=person.name if person else "")
    return person


def _unit(request: Request) -> Unit | None:
    path = request.fields.get("unit")
    if not path:
        return request.unit
    found = Unit.objects.filter(company=request.company_id, path=path).first()
    if found is None:
        raise Refusal("unit.unknown", path=path)
    return found


def _open(request: Request) -> Result:
    own, fields = request.form in PERSONAL_KINDS, request.fields
    person = _person(request)
    new = NewMailbox(
        fields["address"], kind=request.form, person=person if own else None, keeper=None if own else person,
        display_name=fields.get("display_name", ""), quota_mb=fields.get("quota_mb"), expires_on=_until(request),
        unit=None if own else _unit(request),
    )  # fmt: skip
    mailbox = mailboxes.open_mailbox(actor=actor(), company=request.company, new=new)
    request.mailbox = mailbox
    return {"address": mailbox.address}


def _quota(request: Request) -> Result:
    mailbox = mailbox_of(request)
    mailboxes.set_quota(actor=actor(), mailbox=mailbox, megabytes=request.fields["quota_mb"])
    return {"address": mailbox.address}


def _rename(request: Request) -> Result:
    renamed = mailboxes.rename_mailbox(
        actor=actor(), mailbox=mailbox_of(request), address=request.fields["new_address"]
    )  # fmt: skip
    return {"address": renamed.address}


def _alias(request: Request) -> Result:
    alias = routing.add_alias(
        actor=actor(), company=request.company, address=request.fields["new_address"],
        target=mailbox_of(request).address, until=_until(request),
    )  # fmt: skip
    return {"address": alias.address}


def _expiry(request: Request) -> Result:
    mailbox = mailbox_of(request)
    life.set_expiry(actor=actor(), mailbox=mailbox, on=_until(request))
    return {"address": mailbox.address}


def _handover(request: Request) -> Result:
    mailbox = mailbox_of(request)
    keeper = Person.objects.filter(
        company=request.company_id, pk=request.fields["keeper"], left_on__isnull=True
    ).first()  # fmt: skip
    if keeper is None:
        raise Refusal("person.unknown", person=request.fields["keeper"])
    members.change_keeper(actor=actor(), mailbox=mailbox, keeper=keeper)
    return {"address": mailbox.address}


def _group(request: Request) -> Result:
    fields, owner = request.fields, _person(request)
    group = routing.add_group(
        actor=actor(), company=request.company, address=fields["address"], name=fields["display_name"],
        who=fields["who"], members=fields.get("members", ()), unit=_unit(request),
    )  # fmt: skip
    changes.set_group_owner(actor=actor(), group=group, owner=owner)
    return {"address": group.address}


def _permit(kind: str, field: str = "") -> Callable[[Request], Result]:
    def grant(request: Request) -> Result:
        mailbox = mailbox_of(request)
        grant_permit(
            actor=actor(), mailbox=mailbox, kind=kind, value=str(request.fields[field]) if field else "",
            until=_until(request), reason=_reason(request), source=f"request/{request.pk}",
        )  # fmt: skip
        return {"address": mailbox.address}

    return grant


EXECUTORS: Final[dict[str, Callable[[Request], Result]]] = {
    "personal": _open,
    "shared": _open,
    "section": _open,
    "project": _open,
    "intern": _open,
    "quota": _quota,
    "rename": _rename,
    "alias": _alias,
    "expiry": _expiry,
    "handover": _handover,
    "group": _group,
    "group_right": _permit("group", "group"),
    "outside": _permit("outside"),
    "forward": _permit("forward", "target"),
    "large": _permit("large", "size_mb"),
}
