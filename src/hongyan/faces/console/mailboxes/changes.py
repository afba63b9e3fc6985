"""What the page of a mailbox does: one address for each button, one action behind each.

Never: holds a rule. A refusal is said on the page, beside what was typed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from hongyan.company.life import actions as life
from hongyan.company.mailboxes import actions, changes, limits, members, queries, routing
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people import credentials
from hongyan.company.people.queries import find_person
from hongyan.company.people.settings import parse_size
from hongyan.company.permits.actions import end_permit, grant_permit
from hongyan.company.permits.queries import find_permit
from hongyan.faces.console.access import console_page
from hongyan.faces.console.mailboxes import page as pages
from hongyan.faces.console.mailboxes.forms import confirm, named_unit
from hongyan.faces.web.pages import SeeOther
from hongyan.faces.web.requests import Request
from hongyan.faces.web.typed import day
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

#: Actor, mailbox, form -> the notice that is shown afterwards.
Change = Callable[[Actor, Mailbox, QueryDict], str]


@require_POST
@console_page("mailbox.read")
def change(request: Request, address: str, what: str) -> HttpResponse:
    mailbox, do = pages.find(request.actor, address), CHANGES.get(what)
    if do is None:
        raise Http404
    try:
        said = do(request.actor, mailbox, request.POST)
    except Refusal as refusal:
        return pages.answer(request, pages.find(request.actor, address), refusal.decision, at=what)
    return SeeOther(reverse("console-mailbox", args=[mailbox.address]) + f"?said={said}")


@require_POST
@sensitive_post_parameters()
@console_page("mailbox.read")
def password(request: Request, address: str) -> HttpResponse:
    """A first password or an activation link, shown in this one answer and nowhere else (clauses G3.1.1, G3.2.3)."""
    mailbox = pages.find(request.actor, address)
    try:
        account = actions.require_account(mailbox)
        if request.POST.get("how") == "link":
            token = credentials.make_link(actor=request.actor, account=account, purpose="activate")
            given = {"link": settings.WEB_URL + reverse("activate", args=[token])}
        else:
            reason = request.POST.get("reason", "").strip()[:200]
            given = {"password": credentials.reset_password(actor=request.actor, account=account, reason=reason)}
    except Refusal as refusal:
        return pages.answer(request, mailbox, refusal.decision, at="password")
    return pages.answer(request, pages.find(request.actor, address), given=given)


def _suspend(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    actions.suspend_mailbox(actor=actor, mailbox=mailbox, reason=form.get("reason", "").strip())
    return "suspended"


def _resume(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    actions.resume_mailbox(actor=actor, mailbox=mailbox)
    return "resumed"


def _rename(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    keep = form.get("keep", "").strip()
    days = int(keep) if keep.isascii() and keep.isdigit() and len(keep) < 6 else None
    actions.rename_mailbox(
        actor=actor, mailbox=mailbox, address=_whole(mailbox, form.get("address", "")), keep_days=days
    )
    return "renamed"


def _whole(mailbox: Mailbox, text: str) -> str:
    """What stands before the @ is enough: the domain stays."""
    return text if "@" in text or not text.strip() else f"{text.strip()}@{mailbox.address.partition('@')[2]}"


def _quota(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    text = form.get("size", "").strip()
    actions.set_quota(actor=actor, mailbox=mailbox, megabytes=parse_size(text) if text else None)
    return "quota"


def _limit(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    text = form.get("recipients", "").strip()
    number = None if not text else int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    limits.set_hourly_limit(actor=actor, mailbox=mailbox, recipients=number)
    return "limit"


def _expiry(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    life.set_expiry(actor=actor, mailbox=mailbox, on=day(form.get("until", "")))
    return "expiry"


def _close(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    """Only with the address typed: what this ends is not begun again."""
    confirm(form, mailbox.address)
    actions.close_mailbox(actor=actor, mailbox=mailbox, reason=form.get("reason", "").strip()[:200])
    return "closed"


def _add_alias(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    routing.add_alias(
        actor=actor, company=mailbox.company, address=_whole(mailbox, form.get("address", "")), target=mailbox.address,
        until=day(form.get("until", "")),
    )  # fmt: skip
    return "alias"


def _remove_alias(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    alias = changes.find_alias(mailbox.company, form.get("address", ""))
    if alias.target != mailbox.address:
        raise Refusal("alias.unknown", address=alias.address)
    routing.remove_alias(actor=actor, alias=alias)
    return "alias-ended"


def _add_sender(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    actions.grant_send_as(actor=actor, mailbox=mailbox, address=_whole(mailbox, form.get("address", "")))
    return "sender"


def _remove_sender(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    limits.remove_send_as(actor=actor, mailbox=mailbox, address=form.get("address", ""))
    return "sender-ended"


def _revoke(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    number = form.get("device", "")
    chosen = int(number) if number.isascii() and number.isdigit() and len(number) < 18 else 0
    actions.revoke_app_password(actor=actor, mailbox=mailbox, app_password_id=chosen)
    return "device"


def _sign_out(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    credentials.end_sessions(actor=actor, account=actions.require_account(mailbox))
    return "sessions"


def _member_named(mailbox: Mailbox, form: QueryDict) -> Mailbox:
    """A mailbox of the same company; another company's is as unknown as none."""
    address = _whole(mailbox, form.get("member", "")).strip().lower()
    member = queries.find_mailbox(address)
    if member.company_id != mailbox.company_id:
        raise Refusal("mailbox.unknown", address=address)
    return member


def _add_member(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    member = _member_named(mailbox, form)
    members.add_member(actor=actor, mailbox=mailbox, member=member, rights=form.getlist("rights"))
    return "member"


def _change_member(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    member = _member_named(mailbox, form)
    members.change_rights(actor=actor, mailbox=mailbox, member=member, rights=form.getlist("rights"))
    return "member-changed"


def _remove_member(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    members.remove_member(actor=actor, mailbox=mailbox, member=_member_named(mailbox, form))
    return "member-ended"


def _keeper(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    named = _member_named(mailbox, form)
    if named.person_id is None:
        raise Refusal("person.unknown", person=named.address)
    keeper = find_person(mailbox.company, named.person_id)
    members.change_keeper(actor=actor, mailbox=mailbox, keeper=keeper)
    return "keeper"


def _place(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    unit = named_unit(actor, "mailbox.write", mailbox.company, form.get("unit", ""))
    actions.place_mailbox(actor=actor, mailbox=mailbox, unit=unit)
    return "placed"


def _permit(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    grant_permit(
        actor=actor, mailbox=mailbox, kind=form.get("kind", ""), value=form.get("value", ""),
        until=day(form.get("until", "")), reason=form.get("reason", ""),
    )  # fmt: skip
    return "permit"


def _end_permit(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    number = form.get("permit", "")
    chosen = int(number) if number.isascii() and number.isdigit() and len(number) < 18 else 0
    permit = find_permit(actor, mailbox.company, chosen)
    if permit.mailbox_id != mailbox.pk:
        raise Refusal("permit.unknown", permit=chosen)
    end_permit(actor=actor, permit=permit)
    return "permit-ended"


CHANGES: Final[dict[str, Change]] = {
    "suspend": _suspend,
    "resume": _resume,
    "rename": _rename,
    "quota": _quota,
    "limit": _limit,
    "expiry": _expiry,
    "close": _close,
    "alias": _add_alias,
    "alias-end": _remove_alias,
    "sender": _add_sender,
    "sender-end": _remove_sender,
    "device": _revoke,
    "sign-out": _sign_out,
    "member": _add_member,
    "member-change": _change_member,
    "member-end": _remove_member,
    "keeper": _keeper,
    "place": _place,
    "permit": _permit,
    "permit-end": _end_permit,
}
