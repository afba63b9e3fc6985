"""What a staff list would do: joiners, movers, changed, unchanged; and whom it does not name.

Who is meant: by staff number; without one by the mailbox; without both a name that nobody has yet is somebody new, and a
name that somebody has is asked about. The sheet's unit and post are the person's first ones; further posts have a sheet of
their own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hongyan.company.imports.cells import Parsed
from hongyan.company.imports.fields import SECRET
from hongyan.company.imports.planning.plan import Ground, Plan, Planned, Seen, chunks
from hongyan.company.mailboxes.actions import MAX_QUOTA_MB
from hongyan.company.mailboxes.models import PERSONAL_KINDS, Mailbox
from hongyan.company.people.models import Appointment, Person
from hongyan.company.people.persons import clean_phone
from hongyan.company.people.scope import persons_within
from hongyan.kernel import address as addresses
from hongyan.kernel.decision import Refusal

PLAIN = ("name", "latin_name", "phone", "mobile", "identity_number", "card_number", "birthday", "locale")
MAX_LEAVERS = 2000  #: named one by one; beyond that only counted


@dataclass(slots=True)
class Staff:
    """Everybody whom the sheet may mean."""

    by_number: dict[str, Person] = field(default_factory=dict)
    by_address: dict[str, Mailbox] = field(default_factory=dict)
    by_name: dict[str, list[Person]] = field(default_factory=lambda: defaultdict(list))
    posts: dict[int, list[Appointment]] = field(default_factory=lambda: defaultdict(list))
    mailboxes: dict[int, list[Mailbox]] = field(default_factory=lambda: defaultdict(list))


def plan(ground: Ground, rows: list[Parsed]) -> Plan:
    staff = _read(ground, rows)
    ground.announce(p.values["unit"] for p in rows if p.values.get("unit"))
    claims = ground.claims(p.values["mailbox"] for p in rows if p.values.get("mailbox"))
    numbers, boxes, people = Seen(), Seen(), Seen()
    planned, met = [], set[int]()
    for parsed in rows:
        row = Planned(parsed.number, values=parsed.values, problems=list(parsed.problems))
        person = _who(row, parsed, staff)
        _check_phones(row, parsed)
        row.label = " ".join(
            str(t) for t in (parsed.values.get("number"), parsed.values.get("name") or (person and person.name)) if t
        )
        if person is not None:
            met.add(person.pk)
            row.target = person.pk
        _once(row, parsed, numbers, boxes, people)
        if not row.problems:
            _plan_row(ground, staff, claims, row, parsed, person)
        planned.append(row)
    made = Plan(planned, sorted(ground.new_units))
    made.settle()
    _leavers(ground, made, met)
    return made


def _read(ground: Ground, rows: list[Parsed]) -> Staff:
    staff = Staff()
    company = ground.company
    for part in chunks({p.values["number"] for p in rows if p.values.get("number")}):
        staff.by_number |= {p.number: p for p in Person.objects.filter(company=company, number__in=part)}
    for part in chunks({p.values["mailbox"] for p in rows if p.values.get("mailbox")}):
        found = Mailbox.objects.select_related("person").filter(company=company, address__in=part)
        staff.by_address |= {m.address: m for m in found}
    nameless = {p.values["name"] for p in rows if p.values.get("name") and not p.values.get("number")}
    for part in chunks(nameless):
        for person in Person.objects.filter(company=company, name__in=part).order_by("pk"):
            staff.by_name[person.name].append(person)
    known = {p.pk for p in staff.by_number.values()} | {m.person_id for m in staff.by_address.values() if m.person_id}
    for part in chunks(known):
        for post in Appointment.objects.select_related("unit").filter(person__in=part).order_by("pk"):
            staff.posts[post.person_id].append(post)
        own = Mailbox.objects.filter(person__in=part, kind__in=PERSONAL_KINDS, closed_at__isnull=True)
        for box in own.order_by("pk"):
            if box.person_id is not None:
                staff.mailboxes[box.person_id].append(box)
    return staff


def _who(row: Planned, parsed: Parsed, staff: Staff) -> Person | None:
    number, name = parsed.values.get("number", ""), parsed.values.get("name", "")
    box = staff.by_address.get(parsed.values.get("mailbox", ""))
    owner = box.person if box is not None and box.kind in PERSONAL_KINDS else None
    if number:
        if number in staff.by_number:
            return staff.by_number[number]
        # Known until now without a number: the sheet brings it.
        return owner if owner is not None and not owner.number and owner.name == name else None
    if owner is not None:
        return owner
    if staff.by_name.get(name):
        row.wrong(parsed, "import.row.same_name", "name", name=name)
    return None


def _check_phones(row: Planned, parsed: Parsed) -> None:
    for name in ("phone", "mobile"):
        try:
            clean_phone(parsed.values.get(name, ""))
        except Refusal as refusal:
            row.wrong(parsed, refusal.code, name, **refusal.decision.params)


def _once(row: Planned, parsed: Parsed, numbers: Seen, boxes: Seen, people: Seen) -> None:
    number, box = parsed.values.get("number", ""), parsed.values.get("mailbox", "")
    if number and (first := numbers.before(number, row.number)):
        row.wrong(parsed, "import.row.number_twice", "number", number=number, row=first)
    if box and (first := boxes.before(box, row.number)):
        row.wrong(parsed, "import.row.address_twice", "mailbox", address=box, row=first)
    elif (row.target is not None and (first := people.before(str(row.target), row.number))) or (
        not number and not box and (first := people.before("name " + parsed.values.get("name", ""), row.number))
    ):
        row.wrong(parsed, "import.row.person_twice", "name", name=row.label, row=first)


def _plan_row(
    ground: Ground, staff: Staff, claims: dict[str, tuple[str, int]], row: Planned, parsed: Parsed, person: Person | None
) -> None:  # fmt: skip
    unit = ground.find_unit(row, parsed) if parsed.values.get("unit") else ""
    if row.problems:
        return
    posts = staff.posts.get(person.pk, []) if person else []
    places = [post.unit.path for post in posts]
    if person is not None and not ground.reaches("people.write", places):
        row.wrong(parsed, "import.row.outside", "number", what=row.label)
        return
    if (unit or person is None) and not ground.reaches("people.write", [unit] if unit else []):
        row.wrong(parsed, "import.row.outside", "unit", what=unit or row.label)
        return
    if person is None:
        row.verdict = "add"
        for name in ("number", *PLAIN):
            if parsed.values.get(name):
                row.change(name, "", hidden(name, parsed.values[name]))
        _new_post(ground, row, parsed, unit, person)
    else:
        _changed_fields(row, parsed, person)
        if posts:
            _changed_post(ground, row, parsed, posts, unit)
        else:
            _new_post(ground, row, parsed, unit, person)
    _mailbox(ground, staff, claims, row, parsed, person, places=[unit] if unit else places)


def hidden(name: str, value: Any) -> Any:
    """What is kept for the password rules alone is shown to nobody, in a preview as little as anywhere."""
    return "***" if name in SECRET and value else value


def _changed_fields(row: Planned, parsed: Parsed, person: Person) -> None:
    for name in ("number", *PLAIN):
        given, now = parsed.values.get(name), getattr(person, name)
        if isinstance(now, date):
            now = now.isoformat()
        if given not in (None, "") and given != now:
            row.verdict = "change"
            row.change(name, hidden(name, now or ""), hidden(name, given))


def _new_post(ground: Ground, row: Planned, parsed: Parsed, unit: str, person: Person | None) -> None:
    if not unit:
        if parsed.values.get("post") or parsed.values.get("head"):
            row.wrong(parsed, "import.row.post_without_unit", "post")
        return
    if person is not None:
        row.verdict = "move"
    row.change("unit", "", unit)
    if parsed.values.get("post"):
        row.change("post", "", parsed.values["post"])
    if parsed.values.get("head"):
        _head(ground, row, parsed, person)


def _changed_post(ground: Ground, row: Planned, parsed: Parsed, posts: list[Appointment], unit: str) -> None:
    """The post that the sheet means: the same one, else the one in that unit, else the first."""
    given = parsed.values.get("post")
    same = [p for p in posts if (not unit or p.unit.path == unit) and (given is None or p.post == given)]
    near = [p for p in posts if p.unit.path == unit]
    post = (same or near or posts)[0]
    if unit and post.unit.path != unit:
        row.verdict = "move"
        row.change("unit", post.unit.path, unit)
    if given is not None and post.post != given:
        row.verdict = "move" if row.verdict == "move" else "change"
        row.change("post", post.post, given)
    head = parsed.values.get("head")
    if head is None and post.head and row.verdict == "move":
        head = False  # who goes to another unit is its head only when that is said
    if head is not None and head != post.head:
        row.verdict = "move" if row.verdict == "move" else "change"
        if head:
            _head(ground, row, parsed, post.person)
        else:
            row.change("head", True, False)
    row.values = {**row.values, "appointment": post.pk}


def _head(ground: Ground, row: Planned, parsed: Parsed, person: Person | None) -> None:
    if person is not None and person.pk == ground.own_person:
        row.wrong(parsed, "role.own", "head")
        return
    row.change("head", False, True)


def _mailbox(
    ground: Ground, staff: Staff, claims: dict[str, tuple[str, int]], row: Planned, parsed: Parsed,
    person: Person | None, *, places: list[str],
) -> None:  # fmt: skip
    wanted, quota = parsed.values.get("mailbox", ""), parsed.values.get("quota")
    if quota is not None and not 1 <= quota <= MAX_QUOTA_MB:
        row.wrong(parsed, "mailbox.quota_range", "quota", limit=MAX_QUOTA_MB)
        return
    own = staff.mailboxes.get(person.pk, []) if person else []
    box = next((m for m in own if m.address == wanted), None) or (own[0] if own and not wanted else None)
    if box is not None:
        if quota is not None and quota != box.quota_mb and _may_mail(ground, row, parsed, places):
            row.verdict = row.verdict if row.verdict in ("move", "change") else "change"
            row.change("quota", box.quota_mb, quota)
            row.values = {**row.values, "box": box.address}
        return
    if not wanted:
        if quota is not None:
            row.wrong(parsed, "import.row.quota_without_mailbox", "quota")
        return
    if own:
        row.wrong(parsed, "import.row.has_mailbox", "mailbox", address=own[0].address)
    elif may_open(ground, row, parsed, "mailbox", wanted, claims) and _may_mail(ground, row, parsed, places):
        row.verdict = row.verdict if row.verdict in ("add", "move") else "change"
        row.change("mailbox", "", wanted)
        if quota is not None:
            row.change("quota", "", quota)


def may_open(
    ground: Ground, row: Planned, parsed: Parsed, column: str, wanted: str, claims: dict[str, tuple[str, int]],
    reserved: frozenset[str] = addresses.RESERVED,
) -> bool:  # fmt: skip
    """Whether the address may be taken; says why not."""
    domain = addresses.domain_of(wanted)
    if domain not in ground.domains:
        row.wrong(parsed, "domain.not_of_company", column, domain=domain, company=ground.company.slug)
    elif addresses.local_of(wanted) in reserved:
        row.wrong(parsed, "address.reserved", column, address=wanted)
    elif wanted in claims:
        row.wrong(parsed, "address.taken", column, address=wanted)
    else:
        return True
    return False


def _may_mail(ground: Ground, row: Planned, parsed: Parsed, places: list[str]) -> bool:
    if ground.reaches("mailbox.write", places):
        return True
    row.wrong(parsed, "import.row.no_mailbox_right", "mailbox")
    return False


def _leavers(ground: Ground, made: Plan, met: set[int]) -> None:
    """Whom the sheet does not name, within the actor's reach; reported, never removed."""
    reached = persons_within(ground.actor, "people.write", ground.company)
    made.staff = reached.count()
    absent = [row for row in reached.order_by("number", "pk").values_list("pk", "number", "name") if row[0] not in met]
    made.leavers = len(absent)
    made.rows += [
        Planned(0, "leaver", f"{number} {name}".strip(), target=pk) for pk, number, name in absent[:MAX_LEAVERS]
    ]
