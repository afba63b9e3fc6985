"""The rights of one account in plain sentences; each role that it was given can be revoked there."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from hongyan.company.people import rights, roles
from hongyan.company.people.models import Account, RoleGrant
from hongyan.company.people.standing import gives_roles, is_self
from hongyan.faces.console.roles.words import right_meaning, right_word, role_word, where_of
from hongyan.faces.web.pages import SeeOther, page, signed_in
from hongyan.faces.web.requests import Request
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Decision, Refusal


@dataclass(frozen=True, slots=True)
class Role:
    name: str
    held: rights.Held
    sentences: list[Decision]
    revocable: bool


@dataclass(frozen=True, slots=True)
class By:
    name: str
    where: str
    held: rights.Held


@dataclass(frozen=True, slots=True)
class Allowed:
    name: str
    meaning: str
    by: list[By]


@signed_in
def show(request: Request, login: str) -> HttpResponse:
    """One's own rights are everybody's to see; others' where one sees roles or administers people."""
    return _page(request, _account(request, login))


def _account(request: Request, login: str) -> Account:
    account = rights.find_account(login)
    rights.require_may_explain(request.actor, account)
    return account


def _page(request: Request, account: Account, refusal: Decision | None = None, refused: int = 0) -> HttpResponse:
    told = rights.explain_rights(account)
    values = {
        "account_login": account.login,
        "told": told,
        "own": account.pk == request.account.pk,
        "roles": [
            Role(role_word(h.role), h, rights.told(h), _revocable(request.actor, account, h)) for h in told.held
        ],
        "rights": [
            Allowed(
                right_word(right.permission), right_meaning(right.permission),
                [By(role_word(held.role), where_of(held), held) for held in right.by],
            )
            for right in told.rights
        ],
        "not_included": rights.not_included(told),
        "gives": gives_roles(request.actor, account.company) and not is_self(request.actor, account.person, account),
        "refusal": refusal,
        "refused": refused,
    }  # fmt: skip
    if account.company is not None:
        values["company"] = account.company
    return page(request, "console/roles/account.html", values, status=422 if refusal else 200)


def _revocable(actor: Actor, account: Account, held: rights.Held) -> bool:
    """What the page offers; the action looks once more, and says why when it refuses."""
    if held.grant_id is None:
        return False
    grant = RoleGrant.objects.select_related("company").filter(pk=held.grant_id).first()
    return grant is not None and (gives_roles(actor, grant.company) or is_self(actor, account.person, account))


@require_POST
@signed_in
def revoke(request: Request, grant_id: int) -> HttpResponse:
    grant = RoleGrant.objects.select_related("account__person", "account__company", "company", "unit")
    found = grant.filter(pk=grant_id).first()
    if found is None:
        raise Refusal("role.unknown")
    account = _account(request, found.account.login)
    try:
        roles.revoke_role(actor=request.actor, grant=found, reason=request.POST.get("reason", ""))
    except Refusal as refusal:
        return _page(request, account, refusal.decision, grant_id)
    return SeeOther(reverse("role-account", args=[account.login]) + "?said=role-revoked")
