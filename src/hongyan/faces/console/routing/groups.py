"""Groups: their list, adding one, the page of one with its members, writers and owner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from hongyan.company.finder.queries import matching
from hongyan.company.mailboxes import changes, routing
from hongyan.company.mailboxes.models import Alias, Group, GroupMember
from hongyan.company.mailboxes.queries import find_group
from hongyan.company.mailboxes.scope import groups_within, places_of_group
from hongyan.company.people.domains import default_domain
from hongyan.company.people.models import Company
from hongyan.company.people.scope import units_within
from hongyan.faces.console.access import console_page
from hongyan.faces.console.companies import current_company
from hongyan.faces.console.lists import Button, Column, Filter, List, Scope, answer
from hongyan.faces.console.mailboxes.forms import OFFERED, confirm, named_person, named_unit
from hongyan.faces.console.routing.aliases import whole
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Decision, Refusal

MEMBERS = 100  #: on a page
WHO: Final = (
    ("company", _("Everybody in the company")),
    ("members", _("Its members")),
    ("listed", _("Those on a list")),
    ("anyone", _("Anyone, from outside too")),
)
NOTICES: Final = {
    "added": _("The group is added."),
    "named": _("The name is changed."),
    "placed": _("The unit is changed."),
    "owner": _("The owner is changed."),
    "writers": _("It is changed who may write."),
    "renamed": _("The group has its new address."),
    "removed": _("The group is removed."),
    "member": _("The members are added."),
    "member-ended": _("The member is removed."),
}


def rows(scope: Scope) -> QuerySet[Group]:
    found = groups_within(scope.actor, "group.read", scope.company).select_related("owner", "unit")
    return found.annotate(members=Count("entries", filter=Q(entries__writer=False)))


def by_text(found: QuerySet[Group], text: str, scope: Scope) -> QuerySet[Group]:
    """By address or name, or by the whole address of a member."""
    having = GroupMember.objects.filter(address=text.lower(), writer=False).values("group")
    return found.filter(matching(scope.company, "group", text) | Q(pk__in=having))


def page_of(group: Group) -> str:
    return reverse("console-group", args=[group.address])


GROUPS: List[Group] = List(
    key="groups",
    title=_("Groups"),
    permission="group.read",
    rows=rows,
    label="address",
    order="address",
    columns=(
        Column("address", _("Address"), lambda g: g.address, sort="address", link=page_of),
        Column("name", _("Name of the group"), lambda g: g.name),
        Column("members", _("Members"), lambda g: getattr(g, "members", None), number=True),
        Column("who", _("Who may write"), lambda g: str(dict(WHO)[g.who])),
        Column("owner", _("Owner"), lambda g: g.owner.name if g.owner else ""),
        Column("unit", _("Unit"), lambda g: g.unit.name if g.unit else ""),
        Column("since", _("Added"), lambda g: g.created_at, shown=False),
    ),
    search=by_text,
    search_hint=_("Address, name, or a member's whole address"),
    filters=(Filter("who", _("Who may write"), WHO, lambda found, value, scope: found.filter(who=value)),),
    explain=_("One address for many. A mail to it reaches every member."),
    empty=_("There is no group yet."),
)


@console_page("group.read")
def show(request: Request) -> HttpResponse:
    may = any(grant.permits("group.write") for grant in request.actor.grants)
    buttons = [Button(_("Add a group"), reverse("console-group-add"))] if may else []
    return answer(request, GROUPS, {"buttons": buttons, "notice": NOTICES.get(request.GET.get("said", ""))})


@console_page("group.write")
def add(request: Request) -> HttpResponse:
    company = current_company(request, "group.write")
    if request.method != "POST":
        return _add_form(request, company)
    form, actor = request.POST, request.actor
    try:
        group = routing.add_group(
            actor=actor, company=company, address=whole(company, form.get("address", "")), name=form.get("name", "").strip(),
            who=form.get("who", "company"), members=addresses(company, form.get("members", "")),
            listed=addresses(company, form.get("listed", "")), unit=named_unit(actor, "group.write", company, form.get("unit", "")),
        )  # fmt: skip
    except Refusal as refusal:
        return _add_form(request, company, refusal.decision)
    return SeeOther(page_of(group) + "?said=added")


def addresses(company: Company, text: str) -> list[str]:
    """One on a line, or with commas between them."""
    return [whole(company, part) for part in text.replace(",", " ").replace(";", " ").replace("、", " ").split()]


def _add_form(request: Request, company: Company, refusal: Decision | None = None) -> HttpResponse:
    main = default_domain(company)
    values = {
        "company": company, "refusal": refusal, "typed": request.POST if refusal else request.GET, "who": WHO,
        "domain": main.name if main else "",
        "units": list(units_within(request.actor, "group.write", company)[:OFFERED]),
    }  # fmt: skip
    return page(request, "console/routing/group_add.html", values, status=422 if refusal else 200)


@console_page("group.read")
def one(request: Request, address: str) -> HttpResponse:
    return _one(request, find_group(address.lower(), request.actor))


def _one(request: Request, group: Group, refusal: Decision | None = None, at: str = "") -> HttpResponse:
    listed = list(group.entries.filter(writer=True).order_by("address").values_list("address", flat=True))
    members = group.entries.filter(writer=False).order_by("address").values_list("address", flat=True)
    may = request.actor.may("group.write", group.company.slug, places_of_group(group))
    values = {
        "company": group.company, "group": group, "may": may, "refusal": refusal, "at": at, "typed": request.POST,
        "members": Paginator(members, MEMBERS).get_page(request.GET.get("page")), "who": WHO,
        "units": list(units_within(request.actor, "group.write", group.company)[:OFFERED]) if may else (),
        "who_shown": dict(WHO)[group.who],
        "listed": listed, "listed_text": "\n".join(listed),
        "aliases": Alias.objects.filter(target=group.address).order_by("address"),
        "notice": NOTICES.get(request.GET.get("said", "")),
    }  # fmt: skip
    return page(request, "console/routing/group.html", values, status=422 if refusal else 200)


@require_POST
@console_page("group.read")
def change(request: Request, address: str, what: str) -> HttpResponse:
    group, do = find_group(address.lower(), request.actor), CHANGES.get(what)
    if do is None:
        raise Http404
    try:
        said = do(request.actor, group, request.POST)
    except Refusal as refusal:
        return _one(request, find_group(address.lower(), request.actor), refusal.decision, what)
    to = reverse("console-groups") if said == "removed" else page_of(group)
    return SeeOther(f"{to}?said={said}")


Change = Callable[[Actor, Group, QueryDict], str]


def _name(actor: Actor, group: Group, form: QueryDict) -> str:
    changes.name_group(actor=actor, group=group, name=form.get("name", ""))
    return "named"


def _place(actor: Actor, group: Group, form: QueryDict) -> str:
    unit = named_unit(actor, "group.write", group.company, form.get("unit", ""))
    routing.place_group(actor=actor, group=group, unit=unit)
    return "placed"


def _owner(actor: Actor, group: Group, form: QueryDict) -> str:
    owner = named_person(actor, group.company, form.get("owner", ""))
    changes.set_group_owner(actor=actor, group=group, owner=owner)
    return "owner"


def _writers(actor: Actor, group: Group, form: QueryDict) -> str:
    listed = addresses(group.company, form.get("listed", ""))
    routing.set_group_writers(actor=actor, group=group, who=form.get("who", ""), listed=listed)
    return "writers"


def _rename(actor: Actor, group: Group, form: QueryDict) -> str:
    keep = form.get("keep", "").strip()
    days = int(keep) if keep.isascii() and keep.isdigit() and len(keep) < 6 else None
    address = whole(group.company, form.get("address", ""))
    changes.rename_group(actor=actor, group=group, address=address, keep_days=days)
    return "renamed"


def _remove(actor: Actor, group: Group, form: QueryDict) -> str:
    confirm(form, group.address)
    changes.remove_group(actor=actor, group=group)
    return "removed"


def _add_members(actor: Actor, group: Group, form: QueryDict) -> str:
    """All of them or none."""
    wanted = addresses(group.company, form.get("members", ""))
    with transaction.atomic():
        for address in wanted:
            routing.add_member(actor=actor, group=group, address=address)
    return "member"


def _remove_member(actor: Actor, group: Group, form: QueryDict) -> str:
    routing.remove_member(actor=actor, group=group, address=form.get("member", ""))
    return "member-ended"


CHANGES: Final[dict[str, Change]] = {
    "name": _name,
    "place": _place,
    "owner": _owner,
    "writers": _writers,
    "rename": _rename,
    "remove": _remove,
    "member": _add_members,
    "member-end": _remove_member,
}
