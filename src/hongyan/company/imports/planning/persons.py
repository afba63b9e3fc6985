"""What a staff list would do: joiners, movers, changed, unchanged; and whom it does not name.

Who is meant: by staff number; without one by the mailbox; without both a name that nobody has yet is somebody new, and a
name that somebody has is asked about. The sheet's unit and post are the person's first ones; further posts have a sheet of
their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hongyan.company.imports.cells import Parsed
from hongyan.company.imports.fields import SECRET
from hongyan.company.imports.planning.plan import Ground, Plan, Planned, Seen, chunks
from hongyan.company.mailboxes.actions import MAX_QUOTA_MB
from hongyan.company.mailboxes.models import PERSONAL_KINDS, SHARED_KINDS, Mailbox
from hongyan.company.mailboxes.moving import lies_in
from hongyan.company.people.models import Appointment, Person
from hongyan.company.people.persons import clean_phone
from hongyan.company.people.scope import persons_within
from hongyan.kernel import address as addresses
from hongyan.kernel.decision import Refusal

PLAIN = ("name", "latin_name", "phone", "mobile", "identity_number", "card_number", "birthday", "locale")
MAX_LEAVERS = 2000  #: named one by one; beyond that only counted
NOBODY: Mapping[int, int] = {}


@dataclass(slots=True)
class Staff:
    """Everybody whom the sheet may mean."""

    by_key: dict[int, Person] = field(default_factory=dict)
    by_number: dict[str, Person] = field(default_factory=dict)
    by_address: dict[str, Mailbox] = field(default_factory=dict)
    by_name: dict[str, list[Person]] = field(default_factory=lambda: defaultdict(list))
    posts: dict[int, list[Appointment]] = field(default_factory=lambda: defaultdict(list))
    mailboxes: dict[int, list[Mailbox]] = field(default_factory=lambda: defaultdict(list))
    #: Shared mailboxes of units, by who keeps them.
    kept: dict[int, list[Mailbox]] = field(default_factory=lambda: defaultdict(list))


def plan(ground: Ground, rows: list[Parsed]) -> Plan:
    ground.announce(p.values["unit"] for p in rows if p.values.get("unit"))
    planner = Planner(ground)
    made = Plan(planner.look(rows), sorted(ground.new_units))
    made.settle()
    _leavers(ground, made, planner.met)
    return made


class Planner:
    """Plans rows, in as many pieces as one likes; what a row of an earlier piece had first, it has in every later one.

    `directory`: the rows come from one, which knows further addresses of people whom we know already, and whose people may
    have left us and be back (a row for a leaver is a problem otherwise). `met`: who is named by the rows so far.
    """

    def __init__(self, ground: Ground, *, directory: bool = False, back: bool = False) -> None:
        self.ground, self.directory, self.back = ground, directory, back
        self.met: set[int] = set()
        self._numbers, self._boxes, self._people = Seen(), Seen(), Seen()

    def look(self, rows: list[Parsed], known: Mapping[int, int] = NOBODY) -> list[Planned]:
        """`known`: row number -> the person whom the list's own key means."""
        staff = _read(self.ground, rows, known)
        claims = self.ground.claims(p.values["mailbox"] for p in rows if p.values.get("mailbox"))
        return [self._row(parsed, staff, claims, known.get(parsed.number)) for parsed in rows]

    def who(self, rows: list[Parsed], known: Mapping[int, int] = NOBODY) -> dict[int, Person]:
        """Row number -> whom it means, as far as that is somebody we know; these count as named."""
        staff = _read(self.ground, rows, known)
        found: dict[int, Person] = {}
        for parsed in rows:
            person = staff.by_key.get(known.get(parsed.number, 0)) or _who(Planned(parsed.number), parsed, staff)
            if person is not None:
                self.met.add(person.pk)
                found[parsed.number] = person
        return found

    def _row(
        self, parsed: Parsed, staff: Staff, claims: dict[str, tuple[str, int]], known: int | None
    ) -> Planned:  # fmt: skip
        row = Planned(parsed.number, values=parsed.values, problems=list(parsed.problems))
        person = staff.by_key.get(known) if known is not None else None
        if person is None:
            person = _who(row, parsed, staff)
        elif (other := staff.by_number.get(parsed.values.get("number", ""))) is not None and other.pk != person.pk:
            row.wrong(parsed, "import.row.number_of_other", "number", number=other.number, name=other.name)
        _check_phones(row, parsed)
        name = parsed.values.get("name") or (person.name if person else "")
        row.label = " ".join(str(text) for text in (parsed.values.get("number"), name) if text)
        if person is not None:
            self.met.add(person.pk)
            row.target = person.pk
        _once(row, parsed, self._numbers, self._boxes, self._people)
        left = person is not None and person.left_on is not None
        if left and not self.back:
            row.wrong(parsed, "import.row.has_left", "number", name=row.label)
        if not row.problems:
            _plan_row(self.ground, staff, claims, row, parsed, person, directory=self.directory)
        if left and not row.problems:
            row.verdict = "back"
        return row


def _read(ground: Ground, rows: list[Parsed], known: Mapping[int, int] = NOBODY) -> Staff:
    staff = Staff()
    company = ground.company
    for part in chunks({known[p.number] for p in rows if p.number in known}):
        staff.by_key |= {p.pk: p for p in Person.objects.filter(company=company, pk__in=part)}
    for part in chunks({p.values["number"] for p in rows if p.values.get("number")}):
        staff.by_number |= {p.number: p for p in Person.objects.filter(company=company, number__in=part)}
    for part in chunks({_address(p) for p in rows} - {""}):
        found = Mailbox.objects.select_related("person").filter(company=company, address__in=part)
        staff.by_address |= {m.address: m for m in found}
    nameless = {p.values["name"] for p in rows if p.values.get("name") and not p.values.get("number")}
    for part in chunks(nameless):
        for person in Person.objects.filter(company=company, name__in=part).order_by("pk"):
            staff.by_name[person.name].append(person)
    persons = {p.pk for p in staff.by_number.values()} | set(staff.by_key)
    persons |= {m.person_id for m in staff.by_address.values() if m.person_id}
    for part in chunks(persons):
        # A loan is nobody's post in a staff list.
        posts = Appointment.objects.select_related("unit").filter(person__in=part, lent=False)
        for post in posts.order_by("pk"):
            staff.posts[post.person_id].append(post)
        own = Mailbox.objects.filter(person__in=part, kind__in=PERSONAL_KINDS, closed_at__isnull=True)
        for box in own.order_by("pk"):
            if box.person_id is not None:
                staff.mailboxes[box.person_id].append(box)
        kept = Mailbox.objects.select_related("unit").filter(
            keeper__in=part, kind__in=SHARED_KINDS, closed_at__isnull=True, unit__isnull=False
        )
        for box in kept.order_by("address"):
            if box.keeper_id is not None:
                staff.kept[box.keeper_id].append(box)
    return staff


def _address(parsed: Parsed) -> str:
    """The address that tells who is meant; `known_as` does no more than that."""
    return str(parsed.values.get("mailbox") or parsed.values.get("known_as") or "")


def _who(row: Planned, parsed: Parsed, staff: Staff) -> Person | None:
    number, name = parsed.values.get("number", ""), parsed.values.get("name", "")
    box = staff.by_address.get(_address(parsed))
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
    ground: Ground, staff: Staff, claims: dict[str, tuple[str, int]], row: Planned, parsed: Parsed, person: Person | None,
    *, directory: bool = False,
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
            _keeper_stays(row, parsed, [b for b in staff.kept.get(person.pk, []) if lies_in(places, _unit_of(b))], unit)
        else:
            _new_post(ground, row, parsed, unit, person)
    own = staff.mailboxes.get(person.pk, []) if person else []
    if not (directory and own):
        _mailbox(ground, own, claims, row, parsed, places=[unit] if unit else places)


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


def _keeper_stays(row: Planned, parsed: Parsed, kept: list[Mailbox], unit: str) -> None:
    """Who keeps a mailbox of the unit that he leaves moves when somebody else keeps it (clause G3.2.2)."""
    if row.verdict != "move" or not kept:
        return
    others = Appointment.objects.filter(person=kept[0].keeper_id).exclude(pk=row.values["appointment"])
    places = [unit, *others.values_list("unit__path", flat=True)]
    left = [box.address for box in kept if not lies_in(places, _unit_of(box))]
    if left:
        row.wrong(parsed, "keeper.moving", "unit", person=row.label, mailboxes=left)


def _unit_of(box: Mailbox) -> str:
    return box.unit.path if box.unit is not None else ""


def _head(ground: Ground, row: Planned, parsed: Parsed, person: Person | None) -> None:
    if person is not None and person.pk == ground.own_person:
        row.wrong(parsed, "role.own", "head")
        return
    row.change("head", False, True)


def _mailbox(
    ground: Ground, own: list[Mailbox], claims: dict[str, tuple[str, int]], row: Planned, parsed: Parsed,
    *, places: list[str],
) -> None:  # fmt: skip
    wanted, quota = parsed.values.get("mailbox", ""), parsed.values.get("quota")
    if quota is not None and not 1 <= quota <= MAX_QUOTA_MB:
        row.wrong(parsed, "mailbox.quota_range", "quota", limit=MAX_QUOTA_MB)
        return
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
    reached = persons_within(ground.actor, "people.write", ground.company).filter(left_on__isnull=True)
    made.staff = reached.count()
    absent = [row for row in reached.order_by("number", "pk").values_list("pk", "number", "name") if row[0] not in met]
    made.leavers = len(absent)
    made.rows += [
        Planned(0, "leaver", f"{number} {name}".strip(), target=pk) for pk, number, name in absent[:MAX_LEAVERS]
    ]
