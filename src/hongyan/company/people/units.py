"""Writes to the company's tree: move, rename and remove a unit. Adding is `actions.add_unit`.

Always: the paths of a unit and of all below it change in one transaction with it; roles, posts and mailboxes point at
the unit itself and so stay where they were. Moving asks for the right over where it was and where it goes to.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr

from hongyan.company.people.actions import MAX_UNIT_DEPTH, clean_name
from hongyan.company.people.holding import staff
from hongyan.company.people.models import Appointment, Unit
from hongyan.company.people.tree import units_below
from hongyan.kernel import ledger
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal


def _parent_path(path: str) -> str:
    return path.rpartition("/")[0]


def move_unit(*, actor: Actor, unit: Unit, parent: Unit | None) -> Unit:
    """Below another unit, or to the top. Refuses `unit.cycle`, `unit.too_deep`, `unit.exists`."""
    slug = unit.company.slug
    actor.require("people.write", slug, [_parent_path(unit.path)] if unit.parent_id else ())
    actor.require("people.write", slug, [parent.path] if parent else ())
    with transaction.atomic():
        unit = _locked(unit)
        if parent is not None:
            parent = _locked(parent)
            if parent.company_id != unit.company_id:
                raise Refusal("unit.unknown", path=parent.path)
            if parent.path == unit.path or parent.path.startswith(unit.path + "/"):
                raise Refusal("unit.cycle", path=unit.path, parent=parent.path)
        if unit.parent_id == (parent.pk if parent else None):
            return unit
        _check_depth(unit, parent)
        before, unit.parent = unit.path, parent
        _put(unit, f"{parent.path}/{unit.name}" if parent else unit.name)
        unit.save(update_fields=["parent"])
        ledger.record("unit.moved", chain=slug, actor=actor.name, subject=unit.path, before=before)
    return unit


def rename_unit(*, actor: Actor, unit: Unit, name: str) -> Unit:
    """A new name for the unit; the paths below it follow. Refuses `unit.name_malformed`, `unit.exists`."""
    slug = unit.company.slug
    actor.require("people.write", slug, [unit.path])
    name = clean_name(name, "unit.name_malformed", 80)
    if "/" in name:
        raise Refusal("unit.name_malformed", name=name, limit=80)
    with transaction.atomic():
        unit = _locked(unit)
        if unit.name == name:
            return unit
        before, unit.name = unit.path, name
        above = _parent_path(before)
        _put(unit, f"{above}/{name}" if above else name)
        unit.save(update_fields=["name"])
        ledger.record("unit.renamed", chain=slug, actor=actor.name, subject=unit.path, before=before)
    return unit


def set_branch(*, actor: Actor, unit: Unit, on: bool) -> bool:
    """Whether the unit is a branch, whose requests pass its own IT clerk (clause B2); returns whether that changed."""
    slug = unit.company.slug
    actor.require("people.write", slug, [unit.path])
    with transaction.atomic():
        unit = _locked(unit)
        if unit.branch == on:
            return False
        unit.branch = on
        unit.save(update_fields=["branch"])
        ledger.record("unit.branch_set", chain=slug, actor=actor.name, subject=unit.path, on=on)
    return True


def remove_unit(*, actor: Actor, unit: Unit) -> None:
    """A unit in which nothing is any more. Refuses `unit.not_empty`, and says what is in it."""
    slug = unit.company.slug
    actor.require("people.write", slug, [_parent_path(unit.path)] if unit.parent_id else ())
    with transaction.atomic():
        unit = _locked(unit)
        counts = contents(unit)
        if any(counts.values()):
            raise _not_empty(unit.path, counts)
        path = unit.path
        try:
            with transaction.atomic():
                _lift_leavers(unit)
                unit.delete()
        except IntegrityError:  # PROTECT or the database: something in it came meanwhile
            raise _not_empty(path, counts) from None
        ledger.record("unit.removed", chain=slug, actor=actor.name, subject=path)


def contents(unit: Unit) -> dict[str, int]:
    """What keeps the unit from being removed: units below, posts of staff, mailboxes and groups, roles held for it."""
    return {
        "units": unit.children.count(),
        "posts": unit.appointments.filter(staff("person")).count(),
        "addresses": unit.mailboxes.count() + unit.groups.count(),
        "roles": unit.grants.count(),
    }


def _lift_leavers(unit: Unit) -> None:
    """Those who left while they worked here lie in the unit above from now on."""
    for post in unit.appointments.exclude(staff("person")):
        above = unit.parent_id
        if above is None or Appointment.objects.filter(person=post.person_id, unit=above, post=post.post).exists():
            post.delete()
        else:
            Appointment.objects.filter(pk=post.pk).update(unit=above)


def _not_empty(path: str, counts: dict[str, int]) -> Refusal:
    return Refusal(
        "unit.not_empty", path=path, units=counts["units"], posts=counts["posts"], addresses=counts["addresses"],
        roles=counts["roles"],
    )  # fmt: skip


def _locked(unit: Unit) -> Unit:
    """As it is now; nobody else moves or renames it meanwhile."""
    found = Unit.objects.select_for_update(of=("self",)).select_related("company").filter(pk=unit.pk).first()
    if found is None:
        raise Refusal("unit.unknown", path=unit.path)
    return found


def _check_depth(unit: Unit, parent: Unit | None) -> None:
    paths = units_below(unit.company, [unit.path]).values_list("path", flat=True)
    own = max(path.count("/") for path in paths) - unit.path.count("/") + 1
    above = parent.path.count("/") + 1 if parent else 0
    if above + own > MAX_UNIT_DEPTH:
        raise Refusal("unit.too_deep", path=unit.path, limit=MAX_UNIT_DEPTH)


def _put(unit: Unit, path: str) -> None:
    """Write the new path of the unit and of everything below it."""
    old = unit.path
    if Unit.objects.filter(company=unit.company_id, path=path).exists():
        raise Refusal("unit.exists", path=path)
    longest = max(len(p) for p in units_below(unit.company, [old]).values_list("path", flat=True))
    if longest - len(old) + len(path) > 1000:
        raise Refusal("unit.too_deep", path=path[:120], limit=MAX_UNIT_DEPTH)
    rows = units_below(unit.company, [old])
    rows.update(path=Concat(Value(path), Substr(F("path"), len(old) + 1)))
    unit.path = path
