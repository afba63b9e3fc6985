"""What happens to a person, from his page: leave, loans, leaving, returning. And what the page tells of it.

Always: who administers the place that the person lies in does it; readers see the state, not why somebody is away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from hongyan.company.people import life, relations
from hongyan.company.people.models import LEAVING_KINDS, Absence, Appointment, Company, Person
from hongyan.company.people.posts import find_post
from hongyan.faces.console.mailboxes.forms import named_person
from hongyan.faces.console.people import found
from hongyan.faces.web import words
from hongyan.faces.web.requests import Request
from hongyan.faces.web.typed import day
from hongyan.kernel import clock
from hongyan.kernel.decision import Refusal

PAST_LEAVE: Final = 3
TAGS: Final = {"staff": "good", "leave": "warn", "lent": "", "left": "plain"}


@dataclass(frozen=True, slots=True)
class Life:
    state: str
    tag: str  #: the class of the state's mark
    word: str
    kind: str  #: how he left, in words
    heads: list[Person]
    acting: Person | None
    leave: list[Absence]  #: to come, now, and the last few
    loans: list[Appointment]
    today: date


def leaving_kinds() -> list[tuple[str, str]]:
    return [(kind, words.named("leaving_kind", kind)) for kind in LEAVING_KINDS]


def life_of(person: Person) -> Life:
    state, today = relations.state_of_person(person), clock.today()
    rows = list(person.absences.select_related("deputy").order_by("-since", "-pk")[:20])
    over = [row for row in rows if row.until is not None and row.until < today][:PAST_LEAVE]
    return Life(
        state=state, tag=TAGS[state], word=words.named("person_state", state),
        kind=words.named("leaving_kind", person.left_kind) if person.left_kind else "",
        heads=relations.head_of(person), acting=relations.stand_in(person),
        leave=[row for row in rows if row.until is None or row.until >= today or row in over],
        loans=list(person.appointments.filter(lent=True).select_related("unit").order_by("until")), today=today,
    )  # fmt: skip


def the_day(text: str, *, needed: bool) -> date | None:
    """Refuses `date.malformed`."""
    found = day(text)
    if found is None and needed:
        raise Refusal("date.malformed", text="")
    return found


def the_grade(text: str) -> int:
    """Refuses `grade.range`."""
    return int(text[:4]) if text.isascii() and text.isdigit() else 0


def grade_options(company: Company, used: list[int]) -> list[tuple[int, str]]:
    """What a form offers: the grades that have names, and those in use; none where there are no names."""
    names = relations.grade_names(company)
    return sorted((names | {level: names.get(level, "") for level in used if level}).items()) if names else []


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _leave(request: Request, person: Person) -> str:
    form = request.POST
    deputy = named_person(request.actor, person.company, form.get("deputy", "").strip())
    since = the_day(form.get("since", ""), needed=True)
    until, reason = the_day(form.get("until", ""), needed=False), form.get("reason", "")[:400]
    life.take_leave(
        actor=request.actor, person=person, since=since or clock.today(), until=until, deputy=deputy, reason=reason
    )
    return "leave-taken"


def _end_leave(request: Request, person: Person) -> str:
    absence = life.find_absence(person, _number(request.POST.get("absence", "")))
    life.end_leave(actor=request.actor, absence=absence)
    return "leave-ended"


def _lend(request: Request, person: Person) -> str:
    form = request.POST
    unit = found.unit_of_path(request.actor, person.company, form.get("unit", ""))
    until = the_day(form.get("until", ""), needed=True)
    life.lend(
        actor=request.actor, person=person, unit=unit, until=until or clock.today(), post=form.get("post", "")[:200],
        grade=the_grade(form.get("grade", "")),
    )  # fmt: skip
    return "lent"


def _return_loan(request: Request, person: Person) -> str:
    life.return_loan(actor=request.actor, appointment=find_post(person, _number(request.POST.get("loan", ""))))
    return "loan-ended"


def _left(request: Request, person: Person) -> str:
    form = request.POST
    on = the_day(form.get("on", ""), needed=False)
    life.leave_company(actor=request.actor, person=person, on=on, kind=form.get("kind", "normal")[:20])
    return "left"


def _return(request: Request, person: Person) -> str:
    form = request.POST
    path = form.get("unit", "").strip()
    unit = found.unit_of_path(request.actor, person.company, path) if path else None
    life.return_person(
        actor=request.actor, person=person, unit=unit, post=form.get("post", "")[:200],
        on=the_day(form.get("on", ""), needed=False), grade=the_grade(form.get("grade", "")),
    )  # fmt: skip
    return "returned"


STEPS: Final[dict[str, Callable[[Request, Person], str]]] = {
    "leave": _leave, "end-leave": _end_leave, "lend": _lend, "return-loan": _return_loan, "left": _left, "return": _return,
}  # fmt: skip
