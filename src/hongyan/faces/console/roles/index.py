"""Who holds which role: where, until when, by whom and why."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from hongyan.company.people.models import ROLES, RoleGrant
from hongyan.company.people.rights import sees_grants
from hongyan.company.people.standing import gives_roles, in_force
from hongyan.faces.console.access import console_page
from hongyan.faces.console.companies import current_company
from hongyan.faces.console.lists import Button, Column, Filter, List, Scope, answer
from hongyan.faces.console.roles.words import limits_of, role_word, where_of
from hongyan.faces.web.requests import Request


def rows(scope: Scope) -> QuerySet[RoleGrant]:
    """Those of the company; those of the whole machine as well for who sees them."""
    place = Q(company=scope.company)
    if sees_grants(scope.actor, None):
        place |= Q(company__isnull=True)
    found = RoleGrant.objects.filter(in_force(), place, account__closed_at__isnull=True)
    return found.select_related("account__person", "company", "unit")


def by_text(found: QuerySet[RoleGrant], text: str, scope: Scope) -> QuerySet[RoleGrant]:
    return found.filter(
        Q(account__login__icontains=text) | Q(account__person__name__icontains=text) | Q(unit__path__icontains=text)
    )


def role_options(scope: Scope) -> list[tuple[str, str]]:
    return [(role, role_word(role)) for role in ROLES]


HOLDERS: List[RoleGrant] = List(
    key="roles",
    title=_("Roles"),
    permission="role.read",
    rows=rows,
    label="account",
    order="-since",
    columns=(
        Column(
            "account", _("Account"), lambda g: g.account.login,
            link=lambda g: reverse("role-account", args=[g.account.login]),
        ),
        Column("name", _("Name"), lambda g: g.account.person.name if g.account.person else ""),
        Column("role", _("Role"), lambda g: role_word(g.role), sort="role"),
        Column("where", _("Where"), where_of),
        Column("limits", _("Limits"), limits_of),
        Column("until", _("Last day"), lambda g: g.until),
        Column("since", _("Since"), lambda g: g.granted_at, sort="granted_at", shown=False),
        Column("by", _("Given by"), lambda g: g.granted_by),
        Column("reason", _("Reason"), lambda g: g.reason),
    ),
    search=by_text,
    search_hint=_("Address, name or unit"),
    filters=(
        Filter("role", _("Role"), role_options, lambda found, value, scope: found.filter(role=value)),
    ),
    explain=_("Heads of units and keepers of mailboxes hold their roles by their post and are not listed here."),
    empty=_("Nobody holds a role here yet."),
)  # fmt: skip


@console_page("role.read")
def show(request: Request) -> HttpResponse:
    company = current_company(request, "role.read")
    gives = gives_roles(request.actor, company)
    return answer(
        request, HOLDERS,
        {"buttons": [Button(_("Grant a role"), reverse("role-choose"))] if gives else [], "gives": gives},
        template="console/roles/holders.html", company=company,
    )  # fmt: skip
