"""What somebody looks after without any role: the shared mailboxes that he keeps, the groups that he owns.

Always: what is not his is as unknown as nothing; the actions check again.
Clauses: G3.2.2 (a keeper answers for a shared mailbox), P12.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from hongyan.company.mailboxes import members, queries, routing
from hongyan.company.mailboxes.models import Group, Mailbox
from hongyan.company.people.models import Person
from hongyan.faces.web.pages import SeeOther, page, signed_in
from hongyan.faces.web.requests import Request
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Decision, Refusal

RIGHTS: Final = (
    ("read", _("Read")),
    ("write", _("File and delete")),
    ("send_as", _("Send as")),
    ("on_behalf", _("Send on behalf")),
)
NOTICES: Final = {
    "member": _("The member is added."),
    "member-changed": _("The rights are changed."),
    "member-ended": _("The member is removed; access ended at once."),
}


def keeps_anything(person: Person | None) -> bool:
    return person is not None and (bool(members.kept_by(person)) or person.owned_groups.exists())


@signed_in
def show(request: Request) -> HttpResponse:
    return _page(request, _person(request))


def _person(request: Request) -> Person:
    person = request.account.person
    if person is None or not keeps_anything(person):
        raise Http404
    return person


def _page(request: Request, person: Person, refusal: Decision | None = None, at: str = "") -> HttpResponse:
    groups = Group.objects.filter(owner=person).order_by("address")
    values: dict[str, Any] = {
        "boxes": [(box, members.list_members(box)) for box in members.kept_by(person)],
        "groups": [(group, _members_of(group)) for group in groups],
        "rights": RIGHTS, "refusal": refusal, "at": at, "notice": NOTICES.get(request.GET.get("said", "")),
    }  # fmt: skip
    return page(request, "portal/kept.html", values, status=422 if refusal else 200)


def _members_of(group: Group) -> list[str]:
    return list(group.entries.filter(writer=False).order_by("address").values_list("address", flat=True))


@require_POST
@signed_in
def change(request: Request, address: str, what: str) -> HttpResponse:
    person = _person(request)
    thing: Mailbox | Group | None = next((box for box in members.kept_by(person) if box.address == address), None)
    thing = thing or Group.objects.select_related("company").filter(owner=person, address=address).first()
    if thing is None or what not in CHANGES:
        raise Http404
    try:
        said = CHANGES[what](request.actor, thing, request.POST)
    except Refusal as refusal:
        return _page(request, person, refusal.decision, at=address)
    return SeeOther(reverse("kept") + f"?said={said}")


def _member(thing: Mailbox | Group, form: QueryDict) -> str:
    """What stands before the @ is enough."""
    text = form.get("member", "").strip().lower()
    return text if "@" in text or not text else f"{text}@{thing.address.partition('@')[2]}"


def _box(thing: Mailbox, form: QueryDict) -> Mailbox:
    """A mailbox of the same company; another company's is as unknown as none."""
    address = _member(thing, form)
    found = queries.find_mailbox(address)
    if found.company_id != thing.company_id:
        raise Refusal("mailbox.unknown", address=address)
    return found


def _add(actor: Actor, thing: Mailbox | Group, form: QueryDict) -> str:
    if isinstance(thing, Group):
        routing.add_member(actor=actor, group=thing, address=_member(thing, form))
    else:
        members.add_member(actor=actor, mailbox=thing, member=_box(thing, form), rights=form.getlist("rights"))
    return "member"


def _change(actor: Actor, thing: Mailbox | Group, form: QueryDict) -> str:
    if isinstance(thing, Group):
        raise Http404
    members.change_rights(actor=actor, mailbox=thing, member=_box(thing, form), rights=form.getlist("rights"))
    return "member-changed"


def _remove(actor: Actor, thing: Mailbox | Group, form: QueryDict) -> str:
    if isinstance(thing, Group):
        routing.remove_member(actor=actor, group=thing, address=_member(thing, form))
    else:
        members.remove_member(actor=actor, mailbox=thing, member=_box(thing, form))
    return "member-ended"


CHANGES: Final[dict[str, Callable[[Actor, Mailbox | Group, QueryDict], str]]] = {
    "member": _add,
    "member-change": _change,
    "member-end": _remove,
}
