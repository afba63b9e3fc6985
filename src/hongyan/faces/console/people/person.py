"""One person's page: data, posts, mailboxes, groups, devices, roles, history; changing data and posts."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from hongyan.company.people import posts
from hongyan.company.people.actions import appoint
from hongyan.company.people.models import LOCALES, Person
from hongyan.company.people.persons import edit_person
from hongyan.company.people.scope import persons_within, places_of
from hongyan.faces.console.access import console_page
from hongyan.faces.console.people import found
from hongyan.faces.console.people.card import card_of
from hongyan.faces.console.people.life import STEPS, grade_options, leaving_kinds, life_of, the_grade
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Decision, Refusal

FIELDS = ("name", "latin_name", "number", "locale", "phone", "mobile")


def to_person(person: Person, said: str) -> HttpResponse:
    return SeeOther(reverse("person", args=[person.pk]) + "?" + urlencode({"said": said}))


@console_page("people.read")
def show(request: Request, person_id: int) -> HttpResponse:
    person = found.find_person(request, person_id)
    return page(request, "console/people/person.html", _values(request, person))


def _values(
    request: Request, person: Person, refusal: Decision | None = None, at: int = 0, asked: str = ""
) -> dict[str, Any]:
    """`at`: the post whose form was refused; `asked`: the other form that was."""
    actor, company = request.actor, person.company
    writes, card = found.may_write(actor, person), card_of(actor, person)
    return {
        "person": person, "company": company, "card": card, "writes": writes, "refusal": refusal,
        "refused_at": at, "asked": asked, "notice": found.notice(request), "life": life_of(person),
        "grades": grade_options(company, [post.appointment.grade for post in card.posts]), "kinds": leaving_kinds(),
        "units": found.unit_options(actor, "people.write", company) if writes else (),
    }  # fmt: skip


@console_page("people.write")
def edit(request: Request, person_id: int) -> HttpResponse:
    person = found.find_person(request, person_id)
    request.actor.require("people.write", person.company.slug, places_of(person))
    values: dict[str, Any] = {"person": person, "company": person.company, "locales": LOCALES}
    if request.method != "POST":
        return page(request, "console/people/edit.html", values | {"given": person})
    given = {name: request.POST.get(name, "")[:400] for name in FIELDS}
    try:
        edit_person(actor=request.actor, person=person, **given)
    except Refusal as refusal:
        person.refresh_from_db()
        values |= {"given": given, "refusal": refusal.decision}
        return page(request, "console/people/edit.html", values, status=422)
    return to_person(person, "saved")


@require_POST
@console_page("people.write")
def add_post(request: Request, person_id: int) -> HttpResponse:
    person = found.find_person(request, person_id)
    form = request.POST
    try:
        unit = found.unit_of_path(request.actor, person.company, form.get("unit", ""))
        post = posts.clean_post(form.get("post", ""))
        appoint(
            actor=request.actor, person=person, unit=unit, post=post, head="head" in form, deputy="deputy" in form,
            grade=the_grade(form.get("grade", "")),
        )  # fmt: skip
    except Refusal as refusal:
        values = _values(request, person, refusal.decision, asked="post")
        return page(request, "console/people/person.html", values, status=422)
    return to_person(person, "post-added")


@require_POST
@console_page("people.write")
def change_post(request: Request, person_id: int, post_id: int) -> HttpResponse:
    """`do=end` ends it; otherwise unit, title and headship as given."""
    person = found.find_person(request, person_id)
    form = request.POST
    try:
        appointment = posts.find_post(person, post_id)
        if form.get("do") == "end":
            posts.end_post(actor=request.actor, appointment=appointment)
            return _after(request, person, "post-ended")
        unit = found.unit_of_path(request.actor, person.company, form.get("unit", ""))
        title = form.get("post", "")
        posts.change_post(
            actor=request.actor, appointment=appointment, unit=unit, post=title, head="head" in form,
            deputy="deputy" in form, grade=the_grade(form.get("grade", "")),
        )  # fmt: skip
    except Refusal as refusal:
        values = _values(request, person, refusal.decision, post_id)
        return page(request, "console/people/person.html", values, status=422)
    return to_person(person, "saved")


@require_POST
@console_page("people.write")
def step(request: Request, person_id: int, what: str) -> HttpResponse:
    """A step of the person's life (`life.STEPS`)."""
    person = found.find_person(request, person_id)
    if what not in STEPS:
        raise Http404
    try:
        return _after(request, person, STEPS[what](request, person))
    except Refusal as refusal:
        person.refresh_from_db()
        values = _values(request, person, refusal.decision, asked=what)
        return page(request, "console/people/person.html", values, status=422)


def _after(request: Request, person: Person, said: str) -> HttpResponse:
    """The person may lie out of the actor's reach now."""
    if persons_within(request.actor, "people.read", person.company).filter(pk=person.pk).exists():
        return to_person(person, said)
    return SeeOther(reverse("people"))
