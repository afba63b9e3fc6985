"""What is found, grouped by kind; whole as a page, or as the part that the frame's box shows while somebody types.

Always: only what the actor's rights reach, in the company that he works on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hongyan.company.finder.queries import SEEN, Hit, find
from hongyan.company.people.models import Company
from hongyan.faces.console.companies import current_company
from hongyan.faces.web.pages import page, signed_in
from hongyan.faces.web.requests import Request
from hongyan.kernel.actor import Actor

IN_BOX, ON_PAGE = 5, 20
TITLES: Final[dict[str, Promise]] = {
    "person": _("People"),
    "mailbox": _("Mailboxes"),
    "group": _("Groups"),
    "alias": _("Aliases"),
    "unit": _("Units"),
    "domain": _("Domains"),
}
#: The pages of things with an address: by name, and what of the hit names them.
PAGES: Final[dict[str, tuple[str, Callable[[Hit], object]]]] = {
    "person": ("person", lambda hit: hit.object_id),
    "unit": ("unit", lambda hit: hit.object_id),
    "mailbox": ("console-mailbox", lambda hit: hit.key),
    "group": ("console-group", lambda hit: hit.key),
    "alias": ("console-alias", lambda hit: hit.key),
    "domain": ("console-domain", lambda hit: hit.key),
}


@dataclass(frozen=True, slots=True)
class Found:
    hit: Hit
    url: str


@dataclass(slots=True)
class Kind:
    key: str
    title: Promise
    found: list[Found] = field(default_factory=list)


def finds(actor: Actor) -> bool:
    """Whether the search is anything for this actor."""
    return any(grant.permits(permission) for grant in actor.grants for permission, _within in SEEN.values())


@signed_in
def show(request: Request) -> HttpResponse:
    company = _company(request)
    text = " ".join(request.GET.get("q", "").split())[:200]
    in_box = request.headers.get("X-Part") == "search"
    kinds = _grouped(find(request.actor, company, text, IN_BOX if in_box else ON_PAGE), company)
    values = {"company": company, "text": text, "kinds": kinds}
    return page(request, f"console/search/{'part' if in_box else 'page'}.html", values)


def _company(request: Request) -> Company:
    for permission in dict.fromkeys(permission for permission, _within in SEEN.values()):
        if any(grant.permits(permission) for grant in request.actor.grants):
            return current_company(request, permission)
    raise Http404


def _grouped(hits: list[Hit], company: Company) -> list[Kind]:
    kinds = {key: Kind(key, title) for key, title in TITLES.items()}
    for hit in hits:
        kinds[hit.kind].found.append(Found(hit, _url(hit, company)))
    return [kind for kind in kinds.values() if kind.found]


def _url(hit: Hit, company: Company) -> str:
    name, value = PAGES[hit.kind]
    try:
        url = reverse(name, args=[value(hit)])
    except NoReverseMatch:  # that room is not built
        return f"{reverse('console-search')}?{urlencode({'q': hit.title})}"
    return url if hit.kind in ("person", "unit") else f"{url}?{urlencode({'company': company.slug})}"
