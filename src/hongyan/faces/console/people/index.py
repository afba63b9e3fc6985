"""The list of people."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from hongyan.company.finder.queries import matching, matching_owner
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.holding import absent, in_state, staff
from hongyan.company.people.models import LOCALES, Absence, Appointment, Person, Unit
from hongyan.company.people.scope import persons_within, units_within
from hongyan.company.people.tree import units_below
from hongyan.faces.console.access import console_page
from hongyan.faces.console.lists import Bulk, Button, Column, Field, Filter, List, Options, Scope, answer
from hongyan.faces.console.people.found import unit_options
from hongyan.faces.web import words
from hongyan.faces.web.requests import Request
from hongyan.kernel import clock

MANY_UNITS = 300


_named = lazy(words.named, str)
STATES: Options = [(state, _named("person_state", state)) for state in ("staff", "leave", "lent", "left")]


def rows(scope: Scope) -> QuerySet[Person]:
    """Leavers only when they are asked for."""
    found = persons_within(scope.actor, "people.read", scope.company)
    if scope.asked.get("state") not in ("left", "all"):
        found = found.filter(staff())
    away = Prefetch("absences", Absence.objects.filter(absent()))
    return found.prefetch_related("appointments__unit", "mailboxes", away)


def by_state(found: QuerySet[Person], value: str, scope: Scope) -> QuerySet[Person]:
    return found if value == "all" else found.filter(in_state(value))


def state_word(person: Person) -> str:
    """As `relations.state_of_person` says, from what is there already."""
    today, lent = clock.today(), [a.until for a in person.appointments.all() if a.lent]
    if person.left_on is not None:
        state = "left"
    elif person.absences.all():
        state = "leave"
    else:
        state = "lent" if any(until is None or until >= today for until in lent) else "staff"
    return words.named("person_state", state)


def by_text(found: QuerySet[Person], text: str, scope: Scope) -> QuerySet[Person]:
    """By the person's own words (name, pinyin, number) or an address of his."""
    own = matching(scope.company, "person", text)
    return found.filter(own | matching_owner(scope.company, "mailbox", text, Mailbox.objects.all(), "person"))


def page_of(person: Person) -> str:
    return reverse("person", args=[person.pk])


def in_unit(found: QuerySet[Person], value: str, scope: Scope) -> QuerySet[Person]:
    """Of the unit and of all below it."""
    unit = Unit.objects.filter(company=scope.company, pk=int(value)).first()
    if unit is None:
        return found.none()
    below = units_below(scope.company, [unit.path])
    return found.filter(pk__in=Appointment.objects.filter(unit__in=below).values("person"))


def without(found: QuerySet[Person], value: str, scope: Scope) -> QuerySet[Person]:
    has_mailbox = Mailbox.objects.filter(person=OuterRef("pk"), closed_at=None)
    has_post = Appointment.objects.filter(person=OuterRef("pk"))
    return found.filter(~Exists(has_mailbox if value == "mailbox" else has_post))


def posts_of(person: Person) -> list[str]:
    return [" ".join(part for part in (a.unit.name, a.post) if part) for a in person.appointments.all()]


def addresses_of(person: Person) -> list[str]:
    return [m.address for m in person.mailboxes.all() if m.closed_at is None]


def read_units(scope: Scope) -> Options:
    """All units of a company with some; of a larger one those near the top, which hold the others, and the one asked for."""
    units = units_within(scope.actor, "people.read", scope.company)
    if units[MANY_UNITS:].exists():
        chosen = scope.asked.get("unit", "")
        top = Q(parent=None) | Q(parent__parent=None)
        units = units.filter(top | Q(pk=int(chosen)) if chosen.isascii() and chosen.isdigit() else top)
    return [(str(pk), path) for pk, path in units.values_list("pk", "path")]


def write_units(scope: Scope) -> Options:
    return unit_options(scope.actor, "people.write", scope.company)


PEOPLE: List[Person] = List(
    key="people",
    title=_("People"),
    permission="people.read",
    rows=rows,
    label="name",
    order="name",
    columns=(
        Column("name", _("Name"), lambda person: person.name, sort="name", link=page_of),
        Column("latin", _("Latin name"), lambda person: person.latin_name, shown=False),
        Column("number", _("Employee number"), lambda person: person.number),
        Column("posts", _("Posts"), posts_of),
        Column("addresses", _("Mailboxes"), addresses_of),
        Column("state", _("State"), state_word),
        Column("joined", _("Joined"), lambda person: person.joined_on, shown=False),
        Column("left", _("Left"), lambda person: person.left_on, shown=False),
        Column("language", _("Language"), lambda person: person.get_locale_display(), shown=False),
        Column("since", _("Added"), lambda person: person.created_at, shown=False),
    ),
    search=by_text,
    search_hint=_("Name, pinyin, address, number"),
    filters=(
        Filter("unit", _("Unit"), read_units, in_unit),
        Filter("state", _("State"), [*STATES, ("all", _("Everybody, leavers too"))], by_state),
        Filter("without", _("Lacks"), (("mailbox", _("A mailbox")), ("post", _("A post"))), without),
        Filter("locale", _("Language"), LOCALES, lambda found, value, scope: found.filter(locale=value)),
    ),
    bulk=(
        Bulk(
            "people.move",
            _("Move to a unit"),
            (Field("unit", _("Unit"), "pick", write_units, hint=_("Type a part of its name and choose.")),),
            explain=_("Who holds one post goes to the unit with it; who holds none gets one there."),
        ),
        Bulk("people.set_locale", _("Set the language"), (Field("locale", _("Language"), "choice", LOCALES),)),
    ),
    empty=_("Nobody is entered here yet."),
)


@console_page("people.read")
def show(request: Request) -> HttpResponse:
    buttons = [Button(_("Grades"), reverse("grades"), main=False)]
    if any(grant.permits("people.write") for grant in request.actor.grants):
        buttons = [Button(_("Add a person"), reverse("person-add")), *buttons]
    return answer(request, PEOPLE, {"buttons": buttons})
