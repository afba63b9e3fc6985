"""Applies a plan by the bulk actions, within the caller's transaction, and writes down what was made for the undoing.

Never: decides anything; the plan was made against this very state.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hongyan.company.imports.models import Import, ImportMade
from hongyan.company.imports.planning.persons import PLAIN
from hongyan.company.imports.planning.plan import Plan, Planned, chunks
from hongyan.company.mailboxes import many as mail_many
from hongyan.company.mailboxes.actions import NewMailbox, open_mailboxes
from hongyan.company.mailboxes.changes import name_group
from hongyan.company.mailboxes.limits import set_expiry
from hongyan.company.mailboxes.models import Group, Mailbox
from hongyan.company.mailboxes.routing import place_group, set_group_writers
from hongyan.company.people import many
from hongyan.company.people.models import Appointment, Company, Person, Unit
from hongyan.company.tasks.progress import Progress
from hongyan.kernel.actor import Actor

MAILBOX_BATCH = 1000


@dataclass(slots=True)
class Making:
    """One applying: who, where, what for, and what came of it."""

    batch: Import
    actor: Actor
    company: Company
    progress: Progress
    units: dict[str, Unit] = field(default_factory=dict)
    made: list[ImportMade] = field(default_factory=list)

    def note(self, row: Planned, what: str, ref: object, before: Any = None, after: Any = None) -> None:
        self.made.append(
            ImportMade(
                batch=self.batch, row=row.number, what=what, ref=str(ref), label=row.label, before=before or {},
                after=after or {},
            )
        )  # fmt: skip

    def step(self, stage: str) -> Callable[[int, int], None]:
        return lambda done, total: self.progress.at(stage, done, total)

    def unit(self, row: Planned, name: str = "unit") -> Unit | None:
        path = row.after(name)
        return self.units[path] if path else None


def make(making: Making, plan: Plan) -> None:
    """All of the plan. The order: what others need comes first."""
    _units(making, plan)
    rows = [row for row in plan.rows if row.verdict in ("add", "move", "change")]
    {"persons": _persons, "posts": _posts, "mailboxes": _mailboxes, "groups": _groups}[making.batch.kind](making, rows)


def _units(making: Making, plan: Plan) -> None:
    making.progress.at("units", 0, len(plan.new_units))
    made = many.add_units(actor=making.actor, company=making.company, paths=plan.new_units) if plan.new_units else {}
    for path in made:
        making.note(Planned(0, label=path), "unit", path)
    wanted = {row.after("unit") for row in plan.rows} - {None, ""}
    for part in chunks(sorted(wanted)):
        making.units |= {u.path: u for u in Unit.objects.filter(company=making.company, path__in=part)}


# -- persons ---------------------------------------------------------------------------------------------
def _persons(making: Making, rows: list[Planned]) -> None:
    persons = _add_persons(making, [row for row in rows if row.verdict == "add"])
    known = [row for row in rows if row.verdict != "add"]
    for part in chunks({row.target for row in known}):
        persons |= {p.pk: p for p in Person.objects.select_related("company").filter(pk__in=part)}
    _change_persons(making, [row for row in known if _fields(row)], persons)
    _change_posts(making, [row for row in known if _has(row, "unit", "post", "head")], persons)
    _open(making, [(row, _person_mailbox(row, persons)) for row in rows if row.after("mailbox")])
    _quotas(making, [(row, row.values["box"]) for row in known if row.after("quota") and not row.after("mailbox")])


def _has(row: Planned, *names: str) -> bool:
    return any(change[0] in names for change in row.changes)


def _fields(row: Planned) -> dict[str, Any]:
    """New values of plain fields; the changes may be hidden, the values are not."""
    changed = {change[0] for change in row.changes}
    return {name: _typed(name, row.values[name]) for name in ("number", *PLAIN) if name in changed}


def _typed(name: str, value: Any) -> Any:
    return date.fromisoformat(value) if name == "birthday" else value


def _add_persons(making: Making, rows: list[Planned]) -> dict[int, Person]:
    new = [
        many.NewPerson(
            **_fields(row), unit=making.unit(row), post=row.after("post") or "", head=bool(row.after("head"))
        )
        for row in rows
    ]
    persons = many.add_persons(actor=making.actor, company=making.company, new=new, step=making.step("persons"))
    for row, person in zip(rows, persons, strict=True):
        row.target = person.pk
        making.note(row, "person", person.pk)
    return {person.pk: person for person in persons}


def _change_persons(making: Making, rows: list[Planned], persons: dict[int, Person]) -> None:
    changes = []
    for row in rows:
        person, after = persons[row.target], _fields(row)
        before = {name: getattr(person, name) for name in after}
        making.note(row, "fields", person.pk, _plain(before), _plain(after))
        changes.append(many.Change(person, after))
    if changes:
        many.change_persons(
            actor=making.actor, company=making.company, changes=changes, step=making.step("changes")
        )  # fmt: skip


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in fields.items()}


def _change_posts(making: Making, rows: list[Planned], persons: dict[int, Person]) -> None:
    appointments: dict[int, Appointment] = {}
    for part in chunks({row.values["appointment"] for row in rows if row.values.get("appointment")}):
        found = Appointment.objects.select_related("unit", "person__company").filter(pk__in=part)
        appointments |= {a.pk: a for a in found}
    moves, new = [], []
    for row in rows:
        if row.values.get("appointment"):
            moves.append(_move(making, row, appointments[row.values["appointment"]]))
        else:
            new.append((row, _new_post(making, row, persons[row.target])))
    if moves:
        many.change_posts(
            actor=making.actor, company=making.company, changes=moves, step=making.step("posts")
        )  # fmt: skip
    _appoint(making, new)


def _move(making: Making, row: Planned, post: Appointment) -> many.PostChange:
    before = {"unit": post.unit.path, "post": post.post, "head": post.head}
    after = before | {change[0]: change[2] for change in row.changes if change[0] in before}
    making.note(row, "moved", post.pk, before, after)
    return many.PostChange(post, making.unit(row) or post.unit, str(after["post"]), bool(after["head"]))


def _new_post(making: Making, row: Planned, person: Person) -> many.NewPost:
    unit = making.units[row.after("unit")]
    return many.NewPost(person, unit, row.after("post") or "", bool(row.after("head")))


def _appoint(making: Making, new: Sequence[tuple[Planned, many.NewPost]]) -> None:
    made = many.appoint_many(
        actor=making.actor, company=making.company, new=[post for _, post in new], step=making.step("posts")
    )
    for (row, post), appointment in zip(new, made, strict=True):
        making.note(row, "post", appointment.pk, after={"unit": post.unit.path, "post": post.post, "head": post.head})


def _person_mailbox(row: Planned, persons: dict[int, Person]) -> NewMailbox:
    return NewMailbox(row.after("mailbox"), person=persons[row.target], quota_mb=row.after("quota"))


# -- posts -----------------------------------------------------------------------------------------------
def _posts(making: Making, rows: list[Planned]) -> None:
    persons: dict[int, Person] = {}
    for part in chunks({row.target for row in rows}):
        persons |= {p.pk: p for p in Person.objects.select_related("company").filter(pk__in=part)}
    _change_posts(making, rows, persons)


# -- mailboxes -------------------------------------------------------------------------------------------
def _mailboxes(making: Making, rows: list[Planned]) -> None:
    persons: dict[str, Person] = {}
    wanted = {row.after(name) for row in rows for name in ("number", "keeper")} - {None, ""}
    for part in chunks(sorted(wanted)):
        persons |= {p.number: p for p in Person.objects.filter(company=making.company, number__in=part)}
    _open(making, [(row, _new_mailbox(making, row, persons)) for row in rows if row.verdict == "add"])
    known = [row for row in rows if row.verdict != "add"]
    _quotas(making, [(row, row.target) for row in known if row.after("quota") is not None])
    for row in known:
        if row.after("expires"):
            box = Mailbox.objects.select_related("company", "person", "unit").get(address=row.target)
            before = box.expires_on.isoformat() if box.expires_on else ""
            making.note(row, "expires", box.address, {"expires": before}, {"expires": row.after("expires")})
            set_expiry(actor=making.actor, mailbox=box, until=date.fromisoformat(row.after("expires")))


def _new_mailbox(making: Making, row: Planned, persons: dict[str, Person]) -> NewMailbox:
    expires = row.after("expires")
    return NewMailbox(
        row.after("address"), kind=row.after("kind"), person=persons.get(row.after("number") or ""),
        keeper=persons.get(row.after("keeper") or ""), display_name=row.after("display_name") or "",
        quota_mb=row.after("quota"), expires_on=date.fromisoformat(expires) if expires else None, unit=making.unit(row),
    )  # fmt: skip


def _open(making: Making, new: Sequence[tuple[Planned, NewMailbox]]) -> None:
    done = 0
    for part in many.batches(new, MAILBOX_BATCH):
        making.progress.at("mailboxes", done, len(new))
        done += len(part)
        opened = open_mailboxes(actor=making.actor, company=making.company, new=[n for _, n in part])
        for (row, _), box in zip(part, opened, strict=True):
            making.note(row, "mailbox", box.address)


def _quotas(making: Making, rows: Sequence[tuple[Planned, str]]) -> None:
    boxes: dict[str, Mailbox] = {}
    for part in chunks([address for _, address in rows]):
        found = Mailbox.objects.select_related("company", "person", "unit").filter(address__in=part)
        boxes |= {box.address: box for box in found}
    for row, address in rows:
        making.note(row, "quota", address, {"quota": boxes[address].quota_mb}, {"quota": row.after("quota")})
    if rows:
        mail_many.set_quotas(
            actor=making.actor, company=making.company, new=[(boxes[a], row.after("quota")) for row, a in rows]
        )


# -- groups ----------------------------------------------------------------------------------------------
def _groups(making: Making, rows: list[Planned]) -> None:
    making.progress.at("groups", 0, len(rows))
    new = [row for row in rows if row.verdict == "add"]
    mail_many.add_groups(
        actor=making.actor, company=making.company,
        new=[
            mail_many.NewGroup(
                row.after("address"), row.after("group_name") or "", row.after("who") or "company", unit=making.unit(row)
            )
            for row in new
        ],
    ) if new else []  # fmt: skip
    for row in new:
        making.note(row, "group", row.after("address"))
    groups: dict[str, Group] = {}
    for part in chunks({row.target for row in rows}):
        groups |= {g.address: g for g in Group.objects.select_related("company", "unit").filter(address__in=part)}
    for row in rows:
        if row.verdict == "change":
            _change_group(making, row, groups[row.target])
    joins = [(row, address) for row in rows for address in row.after("members") or ()]
    for row in rows:
        if row.after("members"):
            making.note(row, "members", row.target, after={"members": row.after("members")})
    if joins:
        mail_many.add_members(
            actor=making.actor, company=making.company, new=[(groups[row.target], a) for row, a in joins]
        )


def _change_group(making: Making, row: Planned, group: Group) -> None:
    before, after = {}, {}
    for name, old, new in row.changes:
        if name in ("group_name", "who", "unit"):
            before[name], after[name] = old, new
    if not after:
        return
    making.note(row, "group_fields", group.address, before, after)
    if "unit" in after:
        place_group(actor=making.actor, group=group, unit=making.unit(row))
    if "group_name" in after:
        name_group(actor=making.actor, group=group, name=after["group_name"])
    if "who" in after:
        set_group_writers(actor=making.actor, group=group, who=after["who"])
