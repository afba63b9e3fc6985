"""What a move would change, shown before it is made: one page between a post's form and the move itself."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from hongyan.company.people import posts
from hongyan.company.people.scope import places_of
from hongyan.company.profiles.queries import preview_move
from hongyan.company.profiles.things import Post
from hongyan.faces.console.access import console_page
from hongyan.faces.console.people import found
from hongyan.faces.console.people.life import the_grade
from hongyan.faces.web.pages import page
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Refusal

#: What the form of a post asks for.
FIELDS = ("unit", "post", "grade", "head", "deputy")


@require_POST
@console_page("people.write")
def show(request: Request, person_id: int, post_id: int) -> HttpResponse:
    """Takes the form of the post; changes nothing. What is confirmed here goes where that form goes."""
    person, form = found.find_person(request, person_id), request.POST
    request.actor.require("people.write", person.company.slug, places_of(person))
    kept = [(name, form[name]) for name in FIELDS if name in form]
    values = {"person": person, "company": person.company, "post_id": post_id, "kept_fields": kept}
    try:
        leaving = posts.find_post(person, post_id)
        unit = found.unit_of_path(request.actor, person.company, form.get("unit", ""))
        to = Post(unit, posts.clean_post(form.get("post", "")), the_grade(form.get("grade", "")))
        values |= {"leaving": leaving, "to": to, "view": preview_move(person, leaving, to)}
    except Refusal as refusal:
        values |= {"refusal": refusal.decision}
        return page(request, "console/profiles/move.html", values, status=422)
    return page(request, "console/profiles/move.html", values)
