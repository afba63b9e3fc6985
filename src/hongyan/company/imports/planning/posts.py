"""What a sheet of further posts would do: one more appointment a row, found by staff number."""

from __future__ import annotations

from collections import defaultdict

from hongyan.company.imports.cells import Parsed
from hongyan.company.imports.planning.plan import Ground, Plan, Planned, Seen, chunks
from hongyan.company.people.models import Appointment, Person


def plan(ground: Ground, rows: list[Parsed]) -> Plan:
    persons: dict[str, Person] = {}
    for part in chunks({p.values["number"] for p in rows if p.values.get("number")}):
        persons |= {p.number: p for p in Person.objects.filter(company=ground.company, number__in=part)}
    posts: dict[int, list[Appointment]] = defaultdict(list)
    for part in chunks(p.pk for p in persons.values()):
        for post in Appointment.objects.select_related("unit").filter(person__in=part).order_by("pk"):
            posts[post.person_id].append(post)
    ground.announce(p.values["unit"] for p in rows if p.values.get("unit"))
    seen, planned = Seen(), []
    for parsed in rows:
        row = Planned(parsed.number, values=parsed.values, problems=list(parsed.problems))
        person = persons.get(parsed.values.get("number", ""))
        row.label = f"{parsed.values.get('number', '')} {person.name if person else ''}".strip()
        if not row.problems:
            _plan_row(ground, row, parsed, person, posts[person.pk] if person else [], seen)
        planned.append(row)
    made = Plan(planned, sorted(ground.new_units), staff=Person.objects.filter(company=ground.company).count())
    made.settle()
    return made


def _plan_row(
    ground: Ground, row: Planned, parsed: Parsed, person: Person | None, posts: list[Appointment], seen: Seen
) -> None:  # fmt: skip
    if person is None:
        row.wrong(parsed, "import.row.number_unknown", "number", number=parsed.values["number"])
        return
    unit = ground.find_unit(row, parsed)
    if row.problems:
        return
    if not ground.reaches("people.write", [p.unit.path for p in posts]) or not ground.reaches("people.write", [unit]):
        row.wrong(parsed, "import.row.outside", "number", what=row.label)
        return
    name, head = parsed.values.get("post", ""), parsed.values.get("head")
    if first := seen.before(f"{person.pk}/{unit}/{name}", row.number):
        row.wrong(parsed, "import.row.post_twice", "post", row=first)
        return
    row.target = person.pk
    post = next((p for p in posts if p.unit.path == unit and p.post == name), None)
    if head and person.pk == ground.own_person and not (post and post.head):
        row.wrong(parsed, "role.own", "head")
        return
    if post is None:
        row.verdict = "add"
        row.change("unit", "", unit)
        row.change("post", "", name)
        if head:
            row.change("head", False, True)
    elif head is not None and head != post.head:
        row.verdict = "change"
        row.change("head", post.head, head)
        row.values = {**row.values, "appointment": post.pk}
