"""Who decides a step: the people behind a relation, without whoever would decide about himself.

Owns: `seats_for` (whom a step asks now) and `seat` / `reseat` (the rows, and word to those who are asked anew).
Never: moves a request on (`flow`). Always:

- neither the applicant nor the person it is for decides. Where one of them would have, and nobody else of the same rank is
  there, it goes upward: to the heads above him, however many levels, and from the top to the office;
- who is on leave keeps his seat, and his stand-in may decide as well; is nobody standing in for any of them, the heads
  above are asked too;
- where nobody is found the step falls to the office, and says so (or is left out, where the chain wants that);
- with the office decides, beside its people, whoever runs mail for the whole company.

Clauses: B2 (deputies), G3.1.2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hongyan.company.people.models import Person, Unit
from hongyan.company.people.relations import (  # fmt: skip
    branch_of,
    deputies_of,
    head_of,
    heads_of,
    holders,
    it_clerks_of,
    stand_in,
    states_of,
    upward,
)
from hongyan.company.requests import telling
from hongyan.company.requests.chains import MAX_LEVELS, Spec, spec_of
from hongyan.company.requests.models import Request, Seat, Step
from hongyan.kernel import clock


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a step asks. `people`: (person, origin); `office`: it is (also) the office's; `skip`: it is left out."""

    people: tuple[tuple[Person, str], ...] = ()
    office: bool = False
    skip: bool = False
    notes: tuple[str, ...] = ()


def own_persons(request: Request) -> set[int]:
    """Who must not decide: the applicant and whom it is for."""
    applicant = request.applicant.person_id if request.applicant is not None else None
    return {pk for pk in (applicant, request.person_id) if pk is not None}


def seats_for(request: Request, spec: Spec) -> Found:
    """Whom the step would ask now."""
    own = own_persons(request)
    named = related(request, spec)
    people = [p for p in named if p.pk not in own]
    if people:
        return _with_those_above(request, spec, people)
    if any(p.pk in own for p in named):
        higher = above([p for p in named if p.pk in own], own)
        if higher:
            return Found(tuple((p, "upward") for p in higher), spec.by == "office", notes=("upward",))
    if spec.nobody == "skip" and not named:
        return Found(skip=True, notes=("nobody",))
    office = [(p, "upward") for p in holders(request.company, "office") if p.pk not in own]
    return Found(tuple(office), True, notes=() if spec.by == "office" else ("office",))


def _with_those_above(request: Request, spec: Spec, people: list[Person]) -> Found:
    """The people; when all of them are away with nobody to stand in, the heads above them too."""
    own, states = own_persons(request), states_of(people)
    seated = tuple((p, "relation") for p in people)
    office = spec.by == "office"
    if any(states[p.pk] != "leave" or _stand_in(p, own) is not None for p in people):
        return Found(seated, office)
    known = {p.pk for p in people}
    higher = [p for p in above(people, own | known) if p.pk not in known]
    if higher:
        return Found((*seated, *((p, "upward") for p in higher)), office, notes=("away",))
    return Found(seated, True, notes=("away",))


def above(people: Iterable[Person], without: set[int]) -> list[Person]:
    """The nearest heads above these people that are none of `without`."""
    found: dict[int, Person] = {}
    for person in people:
        for levels in range(1, MAX_LEVELS + 1):
            heads = head_of(person, levels)
            if not heads:
                break
            fit = [h for h in heads if h.pk not in without]
            if fit:
                found |= {h.pk: h for h in fit}
                break
    return list(found.values())


def related(request: Request, spec: Spec) -> list[Person]:
    """The people behind the relation, whoever they are."""
    company, unit = request.company, request.unit
    match spec.by:
        case "head":
            return _heads(request, spec.levels)
        case "branch_head":
            branch = branch_of(unit) if unit is not None else None
            return (heads_of(branch) or deputies_of(branch)) if branch is not None else _managers(request)
        case "general_manager":
            return _managers(request)
        case "it_clerk":
            return it_clerks_of(unit) if unit is not None else holders(company, "it")
        case "hr":
            return holders(company, "hr", unit)
        case "office":
            return holders(company, "office")
        case "role":
            return holders(company, spec.role, unit)
        case _:
            return list(Person.objects.filter(company=company, pk=spec.person or 0, left_on__isnull=True))


def _heads(request: Request, levels: int) -> list[Person]:
    """The head so many levels up; where there is none so far up, the highest there is."""
    person, unit = request.person, request.unit
    if person is None and request.applicant is not None:
        person = request.applicant.person
    if person is None:
        return [] if unit is None else holders(request.company, "head", unit)
    for level in range(levels, 0, -1):
        found = head_of(person, level, unit)
        if found:
            return found
    # Nobody above him: he heads the top himself. He is named, so that the rule against deciding alone applies.
    return [person] if unit is not None and person in heads_of(unit) else []


def _managers(request: Request) -> list[Person]:
    """Heads of the topmost unit that has one, above where the request lies."""
    if request.unit is None:
        return holders(request.company, "head")
    for path in reversed(upward(request.unit)):
        top = Unit.objects.filter(company=request.company, path=path).first()
        found = (heads_of(top) or deputies_of(top)) if top is not None else []
        if found:
            return found
    return []


def _stand_in(person: Person, own: set[int]) -> Person | None:
    acting = stand_in(person)
    return acting if acting is not None and acting.pk not in own else None


# -- rows --------------------------------------------------------------------------------------------------
def seat(step: Step, person: Person, origin: str, *, required: bool = False, tell: str = "request_decide") -> Seat:
    """Put somebody at the step and tell him and his stand-in."""
    acting = _stand_in(person, own_persons(step.request))
    row, created = Seat.objects.get_or_create(
        step=step, person=person,
        defaults={"origin": origin, "required": required, "stand_in": acting, "seated_at": clock.now()},
    )  # fmt: skip
    if not created:
        row.open, row.stand_in, row.required = True, acting, row.required or required
        row.save(update_fields=["open", "stand_in", "required"])
    telling.ask(step, [p for p in (person, acting) if p is not None], tell)
    return row


def reseat(step: Step) -> bool:
    """Compare who sits there with who should; whether anything changed. For an open step, under the request's lock."""
    request, spec = step.request, spec_of(step.spec)
    found = seats_for(request, spec)
    wanted = {person.pk: (person, origin) for person, origin in found.people}
    rows = list(step.seats.select_related("person"))
    changed = False
    for row in rows:
        away = row.person.left_on is not None
        lapsed = row.origin in ("relation", "upward") and row.person_id not in wanted and not row.approved
        if row.open and (away or lapsed):
            row.open = False
            row.save(update_fields=["open"])
            changed = True
    present = {row.person_id for row in rows if row.open}
    passed_on = any(row.origin == "reassigned" and row.open for row in rows)
    for person, origin in () if passed_on else wanted.values():
        if person.pk not in present:
            seat(step, person, origin)
            changed = True
    office = step.office or found.office or not wanted
    if changed or office != step.office:
        step.office = office
        step.notes = [*step.notes, *(n for n in (*found.notes, "reseated") if n not in step.notes)]
        step.save(update_fields=["office", "notes"])
        changed = True
    return refresh_stand_ins(step) or changed


def refresh_stand_ins(step: Step) -> bool:
    """Leave has begun or ended: who stands in sits there as well, or no more."""
    own, changed = own_persons(step.request), False
    for row in step.seats.select_related("person", "stand_in").filter(open=True):
        acting = _stand_in(row.person, own)
        if acting != row.stand_in:
            row.stand_in = acting
            row.save(update_fields=["stand_in"])
            changed = True
            if acting is not None:
                telling.ask(step, [acting], "request_decide")
    return changed
