"""The company's tree of units: looked at, added to, renamed, moved, emptied.

Always: the tree of a reader for some branches begins with these branches; every step works without scripts and without
a mouse ("Move to"), and a move can be undone from the notice that tells of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from hongyan.company.people import relations, units
from hongyan.company.people.actions import add_unit, clean_name
from hongyan.company.people.holding import holds
from hongyan.company.people.models import Appointment, Company, Person, Unit
from hongyan.company.people.scope import units_within
from hongyan.company.people.tree import units_below
from hongyan.faces.console.access import console_page
from hongyan.faces.console.companies import current_company
from hongyan.faces.console.people import found
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Decision, Refusal


@dataclass(slots=True)
class Node:
    unit: Unit
    people: int  #: holders of posts in the unit itself
    below: list[Node] = field(default_factory=list)
    whole: int = 0  #: with those below
    here: bool = False
    open: bool = False
    writes: bool = False


@console_page("people.read")
def show(request: Request, unit_id: int = 0) -> HttpResponse:
    unit = found.find_unit(request, unit_id) if unit_id else None
    company = unit.company if unit else current_company(request, "people.read")
    return page(request, "console/people/tree.html", _values(request, company, unit))


def _values(
    request: Request, company: Company, unit: Unit | None, refusal: Decision | None = None, asked: str = ""
) -> dict[str, Any]:
    """`asked`: which form was refused."""
    actor = request.actor
    values = {
        "company": company, "roots": tree_of(actor, company, unit), "unit": unit, "refusal": refusal, "asked": asked,
        "notice": found.notice(request), "at_top": actor.may("people.write", company.slug),
        "arranges": actor.may_somewhere("people.write", company.slug),
    }  # fmt: skip
    return values | (_about(request, unit) if unit else {})


def _about(request: Request, unit: Unit) -> dict[str, Any]:
    actor = request.actor
    people = unit.appointments.filter(holds()).select_related("person").order_by("-head", "-deputy", "person__name")
    branch = relations.branch_of(unit)
    targets = units_within(actor, "people.write", unit.company).exclude(pk__in=units_below(unit.company, [unit.path]))
    undo = request.GET.get("from", "") if request.GET.get("said") == "unit-moved" else ""
    return {
        "heads": relations.heads_of(unit), "deputies": relations.deputies_of(unit), "people": list(people[:8]),
        "clerks": relations.it_clerks_of(unit), "branch": branch, "own_branch": branch == unit,
        "contents": units.contents(unit), "writes": found.may_arrange(actor, unit), "moves": _may_leave(actor, unit),
        "targets": targets.values_list("pk", "path"), "undo": undo if undo.isascii() and undo.isdigit() else "",
    }  # fmt: skip


def _may_leave(actor: Actor, unit: Unit) -> bool:
    """Moving and removing ask for the right over where the unit hangs."""
    return actor.may("people.write", unit.company.slug, [unit.parent.path] if unit.parent else ())


def tree_of(actor: Actor, company: Company, chosen: Unit | None) -> list[Node]:
    """The units that the actor sees, as trees; open down to the chosen one."""
    rows = list(units_within(actor, "people.read", company))
    posts = Appointment.objects.filter(unit__company=company)
    leavers = Person.objects.filter(company=company, left_on__isnull=False)
    counts, gone = _by_unit(posts), _by_unit(posts.filter(person__in=leavers.values("pk")))
    nodes = {row.pk: Node(row, counts.get(row.pk, 0) - gone.get(row.pk, 0)) for row in rows}
    roots: list[Node] = []
    for node in nodes.values():
        above = nodes.get(node.unit.parent_id or 0)
        (above.below if above else roots).append(node)
        node.writes = actor.may("people.write", company.slug, [node.unit.path])
    for root in roots:
        _sum_up(root)
        root.open = True
    _open_to(nodes, chosen)
    return roots


def _by_unit(posts: QuerySet[Appointment]) -> dict[int, int]:
    return dict(posts.values_list("unit").annotate(n=Count("pk")).order_by())


def _sum_up(node: Node) -> int:
    node.below.sort(key=lambda child: child.unit.name)
    node.whole = node.people + sum(_sum_up(child) for child in node.below)
    return node.whole


def _open_to(nodes: dict[int, Node], chosen: Unit | None) -> None:
    node = nodes.get(chosen.pk) if chosen else None
    if node is not None:
        node.here = node.open = True
    while node is not None and (node := nodes.get(node.unit.parent_id or 0)) is not None:
        node.open = True


@require_POST
@console_page("people.write")
def add(request: Request) -> HttpResponse:
    """A unit below another, or (without `parent`) at the top."""
    parent_id = request.POST.get("parent", "")
    parent = found.find_unit(request, int(parent_id)) if parent_id.isascii() and parent_id.isdigit() else None
    company = parent.company if parent else current_company(request, "people.write")
    try:
        name = clean_name(request.POST.get("name", "").replace("/", "／"), "unit.name_malformed", 80)
        unit = add_unit(actor=request.actor, company=company, path=f"{parent.path}/{name}" if parent else name)
    except Refusal as refusal:
        values = _values(request, company, parent, refusal.decision, "add")
        return page(request, "console/people/tree.html", values, status=422)
    return _to_unit(unit, "unit-added")


@require_POST
@console_page("people.write")
def change(request: Request, unit_id: int, what: str) -> HttpResponse:
    unit = found.find_unit(request, unit_id)
    try:
        return CHANGES[what](request, unit)
    except KeyError:
        raise Http404 from None
    except Refusal as refusal:
        unit.refresh_from_db()
        values = _values(request, unit.company, unit, refusal.decision, what)
        return page(request, "console/people/tree.html", values, status=422)


def _rename(request: Request, unit: Unit) -> HttpResponse:
    units.rename_unit(actor=request.actor, unit=unit, name=request.POST.get("name", ""))
    return _to_unit(unit, "unit-renamed")


def _move(request: Request, unit: Unit) -> HttpResponse:
    """`parent`: a unit's number; 0: to the top."""
    wanted = request.POST.get("parent", "")
    if not (wanted.isascii() and wanted.isdigit()):
        raise Refusal("unit.unknown", path=wanted[:120])
    parent = found.find_unit(request, int(wanted)) if int(wanted) else None
    before = unit.parent_id or 0
    units.move_unit(actor=request.actor, unit=unit, parent=parent)
    return _to_unit(unit, "unit-moved", **{"from": str(before)})


def _remove(request: Request, unit: Unit) -> HttpResponse:
    units.remove_unit(actor=request.actor, unit=unit)
    above = reverse("unit", args=[unit.parent_id]) if unit.parent_id else reverse("units")
    return SeeOther(f"{above}?{urlencode({'said': 'unit-removed'})}")


def _branch(request: Request, unit: Unit) -> HttpResponse:
    on = request.POST.get("on") == "1"
    units.set_branch(actor=request.actor, unit=unit, on=on)
    return _to_unit(unit, "branch-set" if on else "branch-unset")


CHANGES = {"branch": _branch, "rename": _rename, "move": _move, "remove": _remove}


def _to_unit(unit: Unit, said: str, **more: str) -> HttpResponse:
    return SeeOther(reverse("unit", args=[unit.pk]) + "?" + urlencode({"said": said} | more))
