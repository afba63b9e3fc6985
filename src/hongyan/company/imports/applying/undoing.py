"""Takes back the last import: what nothing depends on yet; the rest stays, each with its reason.

Owns: `undo_import`; with `dry` it does all of it, reads the outcome and rolls back, so that a look beforehand is exact.
Never: touches what somebody changed after the import, a mailbox that was signed in to or has mail, persons who have
anything that the import did not give them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction

from hongyan.company.imports.models import Import, ImportMade
from hongyan.company.imports.planning.plan import chunks
from hongyan.company.imports.queries import RIGHTS, last_applied, may_see
from hongyan.company.mailboxes.changes import name_group, remove_group
from hongyan.company.mailboxes.limits import set_expiry
from hongyan.company.mailboxes.many import set_quotas, withdraw_mailboxes
from hongyan.company.mailboxes.models import Alias, Group, GroupMember, Mailbox, SendAs
from hongyan.company.mailboxes.routing import place_group, remove_member, set_group_writers
from hongyan.company.people import many
from hongyan.company.people.models import Appointment, Company, Person, RoleGrant, Unit
from hongyan.company.people.units import contents, remove_unit
from hongyan.company.tasks.progress import Progress
from hongyan.kernel import clock, ledger
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event

SHOWN_LEFT = 500


@dataclass(slots=True)
class Undone:
    """What was taken back, by kind of thing, and what was left and why: (row, thing, code, params)."""

    done: Counter[str] = field(default_factory=Counter)
    left: list[tuple[int, str, str, dict[str, Any]]] = field(default_factory=list)

    def as_row(self) -> dict[str, Any]:
        return {
            "done": dict(self.done),
            "left": [list(x) for x in sorted(self.left, key=lambda left: left[:2])[:SHOWN_LEFT]],
            "left_count": len(self.left),
        }


class _Look(Exception):
    """Rolls a look back."""


@dataclass(slots=True)
class _Undoing:
    actor: Actor
    company: Company
    batch: Import
    progress: Progress
    lies: Mapping[str, bool]
    outcome: Undone = field(default_factory=Undone)
    made: dict[str, list[ImportMade]] = field(default_factory=lambda: defaultdict(list))

    def leave(self, made: ImportMade, code: str, **params: Any) -> None:
        self.outcome.left.append((made.row, made.label or made.ref, code, params))

    def took(self, what: str, count: int = 1) -> None:
        if count:
            self.outcome.done[what] += count

    def step(self, stage: str) -> Callable[[int, int], None]:
        return lambda done, total: self.progress.at(stage, done, total)


def untouched_homes(batch: Import) -> list[str]:
    """Homes of the mailboxes that would go if no mail lies in them: what the mail store is asked about beforehand."""
    made = ImportMade.objects.filter(batch=batch, what="mailbox").values("ref")
    rows = Mailbox.objects.filter(address__in=made, closed_at__isnull=True).exclude(account__password__gt="")
    return list(rows.order_by("home").values_list("home", flat=True))


def undo_import(
    *, actor: Actor, batch: Import, lies: Mapping[str, bool], progress: Progress, dry: bool = False
) -> Undone:
    """`lies`: home -> whether mail lies there (`untouched_homes`); a home that is not in it could not be asked about.

    Refuses `import.undo.not_last`, `import.unknown`; with nothing to take back `import.undo.nothing`."""
    if not may_see(actor, batch):
        raise Refusal("import.unknown", number=batch.pk)
    actor.require_somewhere(RIGHTS[batch.kind], batch.company.slug)  # type: ignore[index]
    outcome = Undone()
    try:
        with transaction.atomic():
            outcome = _undo(actor, batch, lies, progress)
            if dry:
                raise _Look
    except _Look:
        return outcome
    return outcome


def _undo(actor: Actor, batch: Import, lies: Mapping[str, bool], progress: Progress) -> Undone:
    company = Company.objects.select_for_update().get(pk=batch.company_id)
    last = last_applied(company)
    if last is None or last.pk != batch.pk:
        raise Refusal("import.undo.not_last", name=last.file_name if last else "")
    undoing = _Undoing(actor, company, batch, progress, lies)
    for made in ImportMade.objects.filter(batch=batch).order_by("-id"):
        undoing.made[made.what].append(made)
    for part in (
        _members,
        _groups,
        _group_fields,
        _quotas,
        _expiries,
        _mailboxes,
        _posts,
        _persons,
        _moves,
        _fields,
        _units,
    ):
        part(undoing)
    outcome = undoing.outcome
    if not outcome.done:
        raise Refusal("import.undo.nothing")
    Import.objects.filter(pk=batch.pk).update(state="undone", undone_at=clock.now())
    ledger.record(
        "import.undone", chain=company.slug, actor=actor.name, subject=f"import/{batch.pk}", sheet=batch.kind,
        name=batch.file_name, done=dict(outcome.done), left=len(outcome.left),
    )  # fmt: skip
    return outcome


def _later(undoing: _Undoing, subjects: Sequence[str]) -> set[str]:
    """Of these subjects, those with events after the import."""
    found: set[str] = set()
    for part in chunks(subjects):
        rows = Event.objects.filter(chain=undoing.company.slug, subject__in=part, at__gt=undoing.batch.applied_at)
        found |= set(rows.exclude(kind="link.made").values_list("subject", flat=True))
    return found


# -- groups ----------------------------------------------------------------------------------------------
def _members(undoing: _Undoing) -> None:
    own = {made.ref for made in undoing.made["group"]}
    for made in undoing.made["members"]:
        group = Group.objects.select_related("company", "unit").filter(address=made.ref).first()
        if group is None or made.ref in own:
            continue  # goes with its group, or is gone with it
        there = set(GroupMember.objects.filter(group=group, writer=False).values_list("address", flat=True))
        for address in made.after.get("members", []):
            if address in there:
                remove_member(actor=undoing.actor, group=group, address=address)
                undoing.took("members")


def _groups(undoing: _Undoing) -> None:
    refs = [made.ref for made in undoing.made["group"]]
    later = _later(undoing, refs)
    for made in undoing.made["group"]:
        group = Group.objects.select_related("company", "unit").filter(address=made.ref).first()
        if group is None or made.ref in later:
            undoing.leave(made, "import.undo.changed")
        elif _named_elsewhere(made.ref, refs):
            undoing.leave(made, "import.undo.in_use")
        else:
            remove_group(actor=undoing.actor, group=group)
            undoing.took("group")


def _named_elsewhere(address: str, but: Sequence[str]) -> bool:
    inside = GroupMember.objects.filter(address=address).exclude(group__address__in=but)
    return inside.exists() or Alias.objects.filter(target=address).exists()


def _group_fields(undoing: _Undoing) -> None:
    for made in undoing.made["group_fields"]:
        group = Group.objects.select_related("company", "unit").filter(address=made.ref).first()
        if group is None:
            undoing.leave(made, "import.undo.changed")
            continue
        now = {"group_name": group.name, "who": group.who, "unit": group.unit.path if group.unit else ""}
        old_unit = Unit.objects.filter(company=undoing.company, path=made.before.get("unit", "")).first()
        if any(now[name] != value for name, value in made.after.items()) or (made.before.get("unit") and not old_unit):
            undoing.leave(made, "import.undo.changed")
            continue
        if "unit" in made.before:
            place_group(actor=undoing.actor, group=group, unit=old_unit)
        if "group_name" in made.before:
            name_group(actor=undoing.actor, group=group, name=made.before["group_name"])
        if "who" in made.before:
            set_group_writers(actor=undoing.actor, group=group, who=made.before["who"])
        undoing.took("group_fields")


# -- mailboxes -------------------------------------------------------------------------------------------
def _boxes(undoing: _Undoing, what: str) -> dict[str, Mailbox]:
    found: dict[str, Mailbox] = {}
    for part in chunks([made.ref for made in undoing.made[what]]):
        rows = Mailbox.objects.select_related("company", "account", "person", "unit")
        found |= {m.address: m for m in rows.filter(company=undoing.company, address__in=part, closed_at__isnull=True)}
    return found


def _quotas(undoing: _Undoing) -> None:
    boxes = _boxes(undoing, "quota")
    for made in undoing.made["quota"]:
        box = boxes.get(made.ref)
        if box is None or box.quota_mb != made.after["quota"]:
            undoing.leave(made, "import.undo.changed")
        elif made.before["quota"] is None:
            _default_quota(undoing, box)
        else:
            set_quotas(actor=undoing.actor, company=undoing.company, new=[(box, made.before["quota"])])
            undoing.took("quota")


def _default_quota(undoing: _Undoing, box: Mailbox) -> None:
    from hongyan.company.mailboxes.actions import set_quota

    set_quota(actor=undoing.actor, mailbox=box, megabytes=None)
    undoing.took("quota")


def _expiries(undoing: _Undoing) -> None:
    boxes = _boxes(undoing, "expires")
    for made in undoing.made["expires"]:
        box = boxes.get(made.ref)
        before = made.before["expires"]
        old = date.fromisoformat(before) if before else None
        if box is None or (box.expires_on.isoformat() if box.expires_on else "") != made.after["expires"]:
            undoing.leave(made, "import.undo.changed")
        elif (old is None and box.kind == "intern") or (old is not None and old <= clock.today()):
            undoing.leave(made, "import.undo.past")
        else:
            set_expiry(actor=undoing.actor, mailbox=box, until=old)
            undoing.took("expires")


def _mailboxes(undoing: _Undoing) -> None:
    boxes = _boxes(undoing, "mailbox")
    refs = [made.ref for made in undoing.made["mailbox"]]
    busy = _in_use(boxes, refs)
    later = _later(undoing, refs)
    free: list[Mailbox] = []
    for made in undoing.made["mailbox"]:
        box = boxes.get(made.ref)
        if box is None:
            undoing.leave(made, "import.undo.changed")
        elif box.account is not None and (box.account.password or box.account.password_set_at):
            undoing.leave(made, "import.undo.signed_in", address=box.address)
        elif made.ref in busy:
            undoing.leave(made, "import.undo.in_use")
        elif made.ref in later:
            undoing.leave(made, "import.undo.changed")
        elif box.home not in undoing.lies:
            undoing.leave(made, "import.undo.store_away", address=box.address)
        elif undoing.lies[box.home]:
            undoing.leave(made, "import.undo.has_mail", address=box.address)
        else:
            free.append(box)
    if free:
        withdraw_mailboxes(
            actor=undoing.actor, company=undoing.company, mailboxes=free, step=undoing.step("mailboxes")
        )  # fmt: skip
    undoing.took("mailbox", len(free))


def _in_use(boxes: dict[str, Mailbox], refs: Sequence[str]) -> set[str]:
    """Addresses that something names: groups, aliases, rights, members of shared mailboxes, roles."""
    found: set[str] = set()
    for part in chunks(refs):
        found |= set(GroupMember.objects.filter(address__in=part).values_list("address", flat=True))
        found |= set(Alias.objects.filter(target__in=part).values_list("target", flat=True))
        found |= set(SendAs.objects.filter(address__in=part).values_list("address", flat=True))
    for part in chunks([m.pk for m in boxes.values()]):
        rows = Mailbox.objects.filter(pk__in=part)
        for condition in ("memberships", "member_of", "send_as", "app_passwords"):
            found |= set(rows.filter(**{f"{condition}__isnull": False}).values_list("address", flat=True))
        accounts = [m.account_id for m in boxes.values() if m.pk in set(part)]
        found |= set(RoleGrant.objects.filter(account__in=accounts).values_list("account__login", flat=True))
    return found


# -- persons, posts, units -------------------------------------------------------------------------------
def _posts(undoing: _Undoing) -> None:
    found: dict[str, Appointment] = {}
    for part in chunks([int(made.ref) for made in undoing.made["post"]]):
        rows = Appointment.objects.select_related("person__company", "unit").filter(pk__in=part)
        found |= {str(a.pk): a for a in rows.filter(person__company=undoing.company)}
    free = []
    for made in undoing.made["post"]:
        post = found.get(made.ref)
        if post is None or {"unit": post.unit.path, "post": post.post, "head": post.head} != made.after:
            undoing.leave(made, "import.undo.changed")
        else:
            free.append(post)
    if free:
        many.end_posts(actor=undoing.actor, company=undoing.company, posts=free, step=undoing.step("posts"))
    undoing.took("post", len(free))


def _persons(undoing: _Undoing) -> None:
    found: dict[str, Person] = {}
    busy: set[int] = set()
    for part in chunks([int(made.ref) for made in undoing.made["person"]]):
        rows = Person.objects.filter(company=undoing.company, pk__in=part)
        found |= {str(p.pk): p for p in rows}
        for relation in ("mailboxes", "kept_mailboxes", "accounts", "owned_groups"):
            busy |= set(rows.filter(**{f"{relation}__isnull": False}).values_list("pk", flat=True))
    later = _later(undoing, [f"person/{made.ref}" for made in undoing.made["person"]])
    free = []
    for made in undoing.made["person"]:
        person = found.get(made.ref)
        if person is None or f"person/{made.ref}" in later:
            undoing.leave(made, "import.undo.changed")
        elif person.pk in busy:
            undoing.leave(made, "import.undo.in_use")
        else:
            free.append(person)
    if free:
        many.remove_persons(actor=undoing.actor, company=undoing.company, persons=free, step=undoing.step("persons"))
    undoing.took("person", len(free))


def _moves(undoing: _Undoing) -> None:
    found: dict[str, Appointment] = {}
    for part in chunks([int(made.ref) for made in undoing.made["moved"]]):
        rows = Appointment.objects.select_related("person__company", "unit").filter(pk__in=part)
        found |= {str(a.pk): a for a in rows.filter(person__company=undoing.company)}
    units: dict[str, Unit] = {}
    for part in chunks({made.before["unit"] for made in undoing.made["moved"]}):
        units |= {u.path: u for u in Unit.objects.filter(company=undoing.company, path__in=part)}
    back = []
    for made in undoing.made["moved"]:
        post, before = found.get(made.ref), made.before
        now = {"unit": post.unit.path, "post": post.post, "head": post.head} if post else {}
        if post is None or now != made.after or before["unit"] not in units:
            undoing.leave(made, "import.undo.changed")
        else:
            back.append(many.PostChange(post, units[before["unit"]], before["post"], before["head"]))
    if back:
        many.change_posts(actor=undoing.actor, company=undoing.company, changes=back, step=undoing.step("posts"))
    undoing.took("moved", len(back))


def _fields(undoing: _Undoing) -> None:
    found: dict[str, Person] = {}
    for part in chunks([int(made.ref) for made in undoing.made["fields"]]):
        found |= {str(p.pk): p for p in Person.objects.filter(company=undoing.company, pk__in=part)}
    back = []
    for made in undoing.made["fields"]:
        person = found.get(made.ref)
        if person is None or any(_spelled(getattr(person, name)) != value for name, value in made.after.items()):
            undoing.leave(made, "import.undo.changed")
        else:
            back.append(many.Change(person, {name: _valued(name, value) for name, value in made.before.items()}))
    if back:
        many.change_persons(actor=undoing.actor, company=undoing.company, changes=back, step=undoing.step("changes"))
    undoing.took("fields", len(back))


def _spelled(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _valued(name: str, value: Any) -> Any:
    return (date.fromisoformat(value) if value else None) if name == "birthday" else value


def _units(undoing: _Undoing) -> None:
    """Deepest first; one that has something in it by now stays."""
    for made in sorted(undoing.made["unit"], key=lambda m: -m.ref.count("/")):
        unit = Unit.objects.select_related("company").filter(company=undoing.company, path=made.ref).first()
        if unit is None:
            undoing.leave(made, "import.undo.changed")
        elif any(contents(unit).values()):
            undoing.leave(made, "import.undo.unit_full")
        else:
            remove_unit(actor=undoing.actor, unit=unit)
            undoing.took("unit")
