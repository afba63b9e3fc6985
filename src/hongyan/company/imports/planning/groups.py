"""What a sheet of groups would do. Members stand in one cell, or one a row under the same group address.

Only adds: a member that the sheet does not name stays.
"""

from __future__ import annotations

from collections import defaultdict

from hongyan.company.imports.cells import Parsed
from hongyan.company.imports.planning.persons import may_open
from hongyan.company.imports.planning.plan import Ground, Plan, Planned, chunks
from hongyan.company.mailboxes.models import Alias, Group, GroupMember
from hongyan.company.mailboxes.scope import places_of_group

RESERVED = frozenset(("mailer-daemon", "root"))


def plan(ground: Ground, rows: list[Parsed]) -> Plan:
    wanted = {p.values["address"] for p in rows if p.values.get("address")}
    groups: dict[str, Group] = {}
    for part in chunks(wanted):
        found = Group.objects.select_related("unit").filter(company=ground.company, address__in=part)
        groups |= {g.address: g for g in found}
    members = {address for p in rows for address in p.values.get("members", ())}
    claims = ground.claims(wanted | members)
    inside: dict[str, set[str]] = defaultdict(set)  # group -> its members, now and by this sheet
    entries = GroupMember.objects.filter(group__company=ground.company, writer=False)
    for group, address in entries.values_list("group__address", "address"):
        inside[group].add(address)
    leads: dict[str, set[str]] = {
        a: {t} for a, t in Alias.objects.filter(company=ground.company).values_list("address", "target")
    }
    ground.announce(p.values["unit"] for p in rows if p.values.get("unit"))
    first: dict[str, Parsed] = {}
    planned = []
    for parsed in rows:
        address = parsed.values.get("address", "")
        row = Planned(
            parsed.number, label=address, values=parsed.values, problems=list(parsed.problems), target=address
        )
        if not row.problems:
            if address in groups:
                _known(ground, row, parsed, groups[address])
            elif address in first:
                _again(row, parsed, first[address])
            elif may_open(ground, row, parsed, "address", address, claims, RESERVED):
                _new(ground, row, parsed)
            if address not in first and not row.problems:
                first[address] = parsed
            _members(ground, row, parsed, claims, set(first) | set(groups), inside, leads)
        planned.append(row)
    made = Plan(planned, sorted(ground.new_units), staff=ground.company.groups.count())
    made.settle()
    return made


def _new(ground: Ground, row: Planned, parsed: Parsed) -> None:
    given = parsed.values
    unit = ground.find_unit(row, parsed) if given.get("unit") else ""
    if row.problems:
        return
    if not ground.reaches("group.write", [unit] if unit else []):
        row.wrong(parsed, "import.row.outside", "unit" if unit else "address", what=unit or given["address"])
        return
    row.verdict = "add"
    row.change("address", "", given["address"])
    row.change("who", "", given.get("who", "company"))
    if given.get("group_name"):
        row.change("group_name", "", given["group_name"])
    if unit:
        row.change("unit", "", unit)


def _known(ground: Ground, row: Planned, parsed: Parsed, group: Group) -> None:
    given = parsed.values
    if not ground.reaches("group.write", list(places_of_group(group))):
        row.wrong(parsed, "import.row.outside", "address", what=group.address)
        return
    unit = ground.find_unit(row, parsed) if given.get("unit") else ""
    if unit and not ground.reaches("group.write", [unit]):
        row.wrong(parsed, "import.row.outside", "unit", what=unit)
        return
    now = {"group_name": group.name, "who": group.who, "unit": group.unit.path if group.unit else ""}
    for name, value in (("group_name", given.get("group_name")), ("who", given.get("who")), ("unit", unit)):
        if value and value != now[name]:
            row.verdict = "change"
            row.change(name, now[name], value)


def _again(row: Planned, parsed: Parsed, first: Parsed) -> None:
    """A further row of a group that this sheet makes: brings members, and says nothing else about it."""
    for name in ("group_name", "who", "unit"):
        if parsed.values.get(name) and parsed.values[name] != first.values.get(name):
            row.wrong(parsed, "import.row.group_differs", name, row=first.number)


def _members(
    ground: Ground, row: Planned, parsed: Parsed, claims: dict[str, tuple[str, int]], groups: set[str],
    inside: dict[str, set[str]], leads: dict[str, set[str]],
) -> None:  # fmt: skip
    group = parsed.values["address"]
    new = [a for a in parsed.values.get("members", ()) if a not in inside[group]]
    for address in new:
        taken = claims.get(address)
        if address not in groups and (taken is None or taken[1] != ground.company.pk):
            row.wrong(parsed, "address.unknown", "members", address=address)
        elif address == group or group in _reached(address, inside, leads):
            row.wrong(parsed, "group.loop", "members", address=address, group=group)
    if not row.problems and new:
        inside[group].update(new)
        row.verdict = "add" if row.verdict == "add" else "change"
        row.change("members", [], new)


def _reached(address: str, inside: dict[str, set[str]], leads: dict[str, set[str]]) -> set[str]:
    seen, frontier = {address}, {address}
    while frontier:
        found = {b for a in frontier for b in inside.get(a, set()) | leads.get(a, set())}
        frontier = found - seen
        seen |= frontier
    return seen
