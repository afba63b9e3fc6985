"""The person or unit that an address names, if the actor may see it; and the notices of this room.

Always: what lies out of reach, or in another company, is as unknown as none.
"""

from __future__ import annotations

from typing import Final

from django.http import Http404
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.models import Company, Person, Unit
from hongyan.company.people.scope import persons_within, places_of, places_of_unit, units_within
from hongyan.faces.console.lists import Options
from hongyan.faces.web.requests import Request
from hongyan.kernel.actor import Actor, Permission
from hongyan.kernel.decision import Refusal

NOTICES: Final[dict[str, Promise]] = {
    "saved": _("The changes are saved."),
    "post-added": _("The post is added."),
    "post-ended": _("The post has ended."),
    "leave-taken": _("The leave is entered."),
    "leave-ended": _("The leave has ended."),
    "lent": _("The loan is entered."),
    "loan-ended": _("The loan has ended."),
    "left": _("The leaving is entered. The roles have ended, and nobody signs in with these accounts any more."),
    "returned": _("The return is entered."),
    "grades-named": _("The grades are saved."),
    "branch-set": _("The unit is a branch now."),
    "branch-unset": _("The unit is no branch any more."),
    "unit-added": _("The unit is added."),
    "unit-renamed": _("The unit is renamed."),
    "unit-moved": _("The unit is moved, with all that is in it."),
    "unit-removed": _("The unit is removed."),
}


def notice(request: Request) -> Promise | None:
    return NOTICES.get(request.GET.get("said", ""))


def find_person(request: Request, person_id: int) -> Person:
    found = Person.objects.select_related("company").filter(pk=person_id).first()
    if found is None or not persons_within(request.actor, "people.read", found.company).filter(pk=found.pk).exists():
        raise Http404
    return found


def find_unit(request: Request, unit_id: int) -> Unit:
    found = Unit.objects.select_related("company", "parent").filter(pk=unit_id).first()
    if found is None or not units_within(request.actor, "people.read", found.company).filter(pk=found.pk).exists():
        raise Http404
    return found


def may_write(actor: Actor, person: Person) -> bool:
    return actor.may("people.write", person.company.slug, places_of(person))


def may_arrange(actor: Actor, unit: Unit) -> bool:
    return actor.may("people.write", unit.company.slug, places_of_unit(unit))


def unit_options(actor: Actor, permission: Permission, company: Company) -> Options:
    return [(str(pk), path) for pk, path in units_within(actor, permission, company).values_list("pk", "path")]


def unit_of_path(actor: Actor, company: Company, path: str) -> Unit:
    """As typed into a field that offers paths. Refuses `unit.unknown`."""
    found = units_within(actor, "people.write", company).filter(path=path.strip().strip("/")).first()
    if found is None:
        raise Refusal("unit.unknown", path=path[:120])
    return found


def mailbox_page(mailbox: Mailbox) -> str:
    """Its page in the mailboxes room; nothing where that room is not."""
    try:
        return f"{reverse('console-mailbox', args=[mailbox.address])}?company={mailbox.company.slug}"
    except NoReverseMatch:
        return ""
