"""What a sheet of mailboxes would do: open those that are not there; sizes and last days of those that are."""

from __future__ import annotations

from datetime import date

from hongyan.company.imports.cells import Parsed
from hongyan.company.imports.planning.persons import may_open
from hongyan.company.imports.planning.plan import Ground, Plan, Planned, Seen, chunks
from hongyan.company.mailboxes.actions import MAX_QUOTA_MB
from hongyan.company.mailboxes.models import PERSONAL_KINDS, Mailbox
from hongyan.company.mailboxes.scope import places_of_mailbox
from hongyan.company.people.models import Person
from hongyan.company.people.scope import places_of_many
from hongyan.kernel import clock
from hongyan.kernel.address import RESERVED


def plan(ground: Ground, rows: list[Parsed]) -> Plan:
    boxes: dict[str, Mailbox] = {}
    wanted = {p.values["address"] for p in rows if p.values.get("address")}
    for part in chunks(wanted):
        found = Mailbox.objects.select_related("person", "keeper", "unit").filter(address__in=part)
        boxes |= {m.address: m for m in found.filter(company=ground.company)}
    persons: dict[str, Person] = {}
    for part in chunks({p.values[f] for p in rows for f in ("number", "keeper") if p.values.get(f)}):
        persons |= {p.number: p for p in Person.objects.filter(company=ground.company, number__in=part)}
    places = places_of_many(p.pk for p in persons.values())
    claims = ground.claims(wanted)
    ground.announce(p.values["unit"] for p in rows if p.values.get("unit"))
    seen, planned = Seen(), []
    for parsed in rows:
        address = parsed.values.get("address", "")
        row = Planned(
            parsed.number, label=address, values=parsed.values, problems=list(parsed.problems), target=address
        )
        if address and (first := seen.before(address, row.number)):
            row.wrong(parsed, "import.row.address_twice", "address", address=address, row=first)
        for name in ("number", "keeper"):
            if parsed.values.get(name) and parsed.values[name] not in persons:
                row.wrong(parsed, "import.row.number_unknown", name, number=parsed.values[name])
        if not row.problems:
            box = boxes.get(address)
            if box is None or box.closed_at is not None:
                _new(ground, row, parsed, persons, places, claims)
            else:
                _known(ground, row, parsed, box)
        planned.append(row)
    made = Plan(
        planned, sorted(ground.new_units), staff=ground.company.mailboxes.filter(closed_at__isnull=True).count()
    )
    made.settle()
    return made


def _new(
    ground: Ground, row: Planned, parsed: Parsed, persons: dict[str, Person], places: dict[int, tuple[str, ...]],
    claims: dict[str, tuple[str, int]],
) -> None:  # fmt: skip
    given = parsed.values
    kind = given.get("kind") or ("personal" if given.get("number") else "shared")
    unit = ground.find_unit(row, parsed) if given.get("unit") else ""
    open_names = frozenset(("mailer-daemon", "root")) if kind not in PERSONAL_KINDS else RESERVED
    if row.problems or not may_open(ground, row, parsed, "address", given["address"], claims, open_names):
        return
    person, keeper = persons.get(given.get("number", "")), persons.get(given.get("keeper", ""))
    with_person = person is not None and kind in PERSONAL_KINDS
    where = places[person.pk] if person is not None and with_person else ([unit] if unit else [])
    if not ground.reaches("mailbox.write", list(where)):
        row.wrong(parsed, "import.row.outside", "address", what=given["address"])
    if keeper is not None and not ground.reaches("mailbox.write", places[keeper.pk]):
        row.wrong(parsed, "import.row.outside", "keeper", what=given["keeper"])
    _check_limits(row, parsed, kind)
    row.verdict = "add"
    row.change("address", "", given["address"])
    row.change("kind", "", kind)
    for name in ("number", "keeper", "display_name", "quota", "expires"):
        if given.get(name) not in (None, ""):
            row.change(name, "", given[name])
    if unit and not with_person:
        row.change("unit", "", unit)


def _check_limits(row: Planned, parsed: Parsed, kind: str) -> None:
    quota, expires = parsed.values.get("quota"), parsed.values.get("expires", "")
    if quota is not None and not 1 <= quota <= MAX_QUOTA_MB:
        row.wrong(parsed, "mailbox.quota_range", "quota", limit=MAX_QUOTA_MB)
    if expires and date.fromisoformat(expires) <= clock.today():
        row.wrong(parsed, "mailbox.expiry_past", "expires", date=expires)
    if kind == "intern" and not expires:
        row.wrong(parsed, "mailbox.intern_needs_expiry", "expires", address=parsed.values["address"])


def _known(ground: Ground, row: Planned, parsed: Parsed, box: Mailbox) -> None:
    given = parsed.values
    if not ground.whole("mailbox.write") and not ground.reaches("mailbox.write", places_of_mailbox(box)):
        row.wrong(parsed, "import.row.outside", "address", what=box.address)
        return
    fixed = {
        "kind": box.kind, "number": box.person.number if box.person else "",
        "keeper": box.keeper.number if box.keeper else "", "display_name": box.display_name,
    }  # fmt: skip
    for name, now in fixed.items():
        if given.get(name) and given[name] != now:
            row.wrong(parsed, "import.row.mailbox_fixed", name, address=box.address, now=now)
    expires = box.expires_on.isoformat() if box.expires_on else ""
    if given.get("quota") is not None and given["quota"] != box.quota_mb:
        row.verdict = "change"
        row.change("quota", box.quota_mb, given["quota"])
    if given.get("expires") and given["expires"] != expires:
        row.verdict = "change"
        row.change("expires", expires, given["expires"])
    if row.verdict == "change":
        _check_limits(row, parsed, "")
