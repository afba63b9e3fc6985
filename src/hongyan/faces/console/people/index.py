"""The list of people."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from hongyan.company.people.models import LOCALES, Person
from hongyan.company.people.scope import persons_within, units_within
from hongyan.faces.console.access import console_page
from hongyan.faces.console.lists import Bulk, Column, Field, Filter, List, Options, Scope, answer
from hongyan.faces.web.requests import Request


def rows(scope: Scope) -> QuerySet[Person]:
    found = persons_within(scope.actor, "people.read", scope.company)
    return found.prefetch_related("appointments__unit", "mailboxes")


def by_text(found: QuerySet[Person], text: str, scope: Scope) -> QuerySet[Person]:
    return found.filter(Q(name__contains=text) | Q(number__startswith=text) | Q(latin_name__icontains=text))


def posts_of(person: Person) -> list[str]:
    return [" ".join(part for part in (a.unit.name, a.post) if part) for a in person.appointments.all()]


def addresses_of(person: Person) -> list[str]:
    return [m.address for m in person.mailboxes.all() if m.closed_at is None]


def _units(scope: Scope) -> Options:
    paths = units_within(scope.actor, "people.write", scope.company).values_list("pk", "path")
    return [(str(pk), path) for pk, path in paths]


PEOPLE: List[Person] = List(
    key="people",
    title=_("People"),
    permission="people.read",
    rows=rows,
    label="name",
    order="name",
    columns=(
        Column("name", _("Name"), lambda person: person.name, sort="name"),
        Column("latin", _("Latin name"), lambda person: person.latin_name, shown=False),
        Column("number", _("Employee number"), lambda person: person.number),
        Column("posts", _("Posts"), posts_of),
        Column("addresses", _("Mailboxes"), addresses_of),
        Column("language", _("Language"), lambda person: person.get_locale_display(), shown=False),
        Column("since", _("Added"), lambda person: person.created_at, shown=False),
    ),
    search=by_text,
    search_hint=_("Name, number or address"),
    filters=(Filter("locale", _("Language"), LOCALES, lambda found, value, scope: found.filter(locale=value)),),
    bulk=(
        Bulk(
            "people.move",
            _("Move to a unit"),
            (Field("unit", _("Unit"), "pick", _units, hint=_("Type a part of its name and choose.")),),
            explain=_("Who holds one post goes to the unit with it; who holds none gets one there."),
        ),
        Bulk("people.set_locale", _("Set the language"), (Field("locale", _("Language"), "choice", LOCALES),)),
    ),
    empty=_("Nobody is entered here yet."),
)


@console_page("people.read")
def show(request: Request) -> HttpResponse:
    return answer(request, PEOPLE)
