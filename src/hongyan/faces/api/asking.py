"""What the routes know of a request: who asks, in which language, about which company.

Always: a company that the actor has nothing to do with is as unknown as none (promise 7); what is missing is asked for
in words.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from hongyan.company.access.models import Token
from hongyan.company.people.models import Company
from hongyan.company.people.queries import find_company, list_companies
from hongyan.faces.api.problems import Absent
from hongyan.kernel.actor import Actor, Permission
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import Instance, NoInstance


class Asking(HttpRequest):
    """Django's request after `service.handle` has looked at it."""

    token: Token
    actor: Actor
    secret: str  #: the token's text; answers with secrets are sealed under it
    locale: str


def company_of(request: Asking, slug: str | None, permission: Permission) -> Company:
    """The company named, or the only one that the token is for. Refuses who has no such right anywhere in it."""
    actor = request.actor
    company = _named(actor, slug)
    actor.require_somewhere(permission, company.slug)
    return company


def _named(actor: Actor, slug: str | None) -> Company:
    slug = slug or actor.company
    if slug:
        if not sees(actor, slug):
            raise Absent(Refusal("company.unknown", slug=slug))
        try:
            return find_company(slug)
        except Refusal as refusal:
            raise Absent(refusal) from None
    companies = list_companies()
    if len(companies) != 1:
        raise Refusal("api.company_needed")
    return companies[0]


def sees(actor: Actor, slug: str) -> bool:
    return any(grant.company in ("", slug) for grant in actor.grants)


def this_instance() -> Instance:
    instance: Instance | None = settings.INSTANCE
    if instance is None:
        raise NoInstance("settings")
    return instance


def runs_machine(actor: Actor) -> bool:
    return any(grant.role == "system" and not grant.company for grant in actor.grants)
