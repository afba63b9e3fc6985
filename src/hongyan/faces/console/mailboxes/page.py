"""The page of one mailbox: what it is, whose, how full, where else it is reached, who signs in, what was done to it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from hongyan.company.life import states
from hongyan.company.mailboxes import members, queries
from hongyan.company.mailboxes.models import PERSONAL_KINDS, Alias, Group, Mailbox
from hongyan.company.mailboxes.scope import places_of_mailbox
from hongyan.company.people.scope import units_within
from hongyan.evidence.audit.queries import list_events
from hongyan.faces.console.access import console_page
from hongyan.faces.console.mailboxes import words
from hongyan.faces.console.mailboxes.forms import OFFERED
from hongyan.faces.portal.usage import usage_of
from hongyan.faces.web.pages import page
from hongyan.faces.web.requests import Request
from hongyan.faces.web.sessions import list_sessions
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Decision, Refusal
from hongyan.kernel.models import Event

HISTORY = 20
#: What administrators did and what the owner did with devices; not when somebody signed in or wrote mail (clause G5.1).
TOLD = ("mailbox.", "password.", "device.", "member.", "sessions.", "account.", "link.", "quota.", "misuse.", "permit.")
NOTICES = {
    "opened": _("The mailbox is open."),
    "suspended": _("The mailbox is suspended; everybody is signed out."),
    "resumed": _("The mailbox is in use again."),
    "renamed": _("The mailbox has its new address."),
    "quota": _("The size is changed."),
    "limit": _("The limit is changed."),
    "expiry": _("The last day is changed."),
    "closed": _("The mailbox is closed."),
    "alias": _("The alias is added."),
    "alias-ended": _("The alias is removed."),
    "sender": _("The right to send is given."),
    "sender-ended": _("The right to send is taken back."),
    "device": _("The device can no longer sign in."),
    "sessions": _("Everybody is signed out."),
    "member": _("The member is added."),
    "member-changed": _("The rights are changed."),
    "member-ended": _("The member is removed; access ended at once."),
    "keeper": _("The keeper is changed."),
    "placed": _("The unit is changed."),
    "permit": _("The permit is given."),
    "permit-ended": _("The permit is ended."),
}


@console_page("mailbox.read")
def show(request: Request, address: str) -> HttpResponse:
    return answer(request, find(request.actor, address))


def find(actor: Actor, address: str) -> Mailbox:
    """Refuses `mailbox.unknown` for what lies beyond the actor's reach, his own mailbox as well: that page is another."""
    mailbox = queries.find_mailbox(address.lower())
    if not actor.may("mailbox.read", mailbox.company.slug, places_of_mailbox(mailbox)):
        raise Refusal("mailbox.unknown", address=address)
    return mailbox


def answer(
    request: Request, mailbox: Mailbox, refusal: Decision | None = None, *, at: str = "", **values: Any
) -> HttpResponse:
    """`at`: the form that was refused, which is shown open with what was typed."""
    context = values_of(request.actor, mailbox) | {"refusal": refusal, "at": at, "typed": request.POST, **values}
    context["notice"] = NOTICES.get(request.GET.get("said", ""))
    return page(request, "console/mailboxes/page.html", context, status=422 if refusal else 200)


def values_of(actor: Actor, mailbox: Mailbox) -> dict[str, Any]:
    company, account = mailbox.company, mailbox.account
    may = mailbox.closed_at is None and actor.may("mailbox.write", company.slug, places_of_mailbox(mailbox))
    shared = mailbox.kind not in PERSONAL_KINDS
    placed = shared or mailbox.person is None  #: lies in a unit of its own
    return {
        "company": company,
        "box": mailbox,
        "view": queries.view(mailbox),
        "kind": dict(words.KINDS)[mailbox.kind],
        "state": dict(words.STATES)[states.state(mailbox)],
        "shared": shared,
        "may": may,
        "units": list(units_within(actor, "mailbox.write", company)[:OFFERED]) if may and placed else (),
        "places": places_of_mailbox(mailbox),
        "usage": usage_of(mailbox) if mailbox.closed_at is None else None,
        "aliases": Alias.objects.filter(target=mailbox.address).order_by("address"),
        "groups": Group.objects.filter(entries__address=mailbox.address, entries__writer=False).order_by("address"),
        "members": members.list_members(mailbox) if shared else (),
        "memberships": () if shared else members.memberships_of(mailbox),
        "may_manage": shared and mailbox.closed_at is None and members.may_manage(actor, mailbox),
        "may_name_keeper": shared and mailbox.closed_at is None and members.may_name_keeper(actor, mailbox),
        "rights": words.RIGHTS,
        "devices": queries.list_app_passwords(mailbox),
        "sessions": list_sessions(account) if account and mailbox.closed_at is None else [],
        "history": history(mailbox),
    }


def history(mailbox: Mailbox) -> list[Event]:
    rows = list_events(mailbox.company.slug, subject=mailbox.address)
    found: list[Event] = []
    for event in rows[: HISTORY * 10]:
        if event.kind.startswith(TOLD):
            found.append(event)
            if len(found) == HISTORY:
                break
    return found
