"""The company's profiles, the page of one: which posts, what they bring, who waits for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from hongyan.company.people.models import Company, Unit
from hongyan.company.people.scope import units_within
from hongyan.company.profiles import actions, queries
from hongyan.company.profiles.actions import ROLES, Posts
from hongyan.company.profiles.models import Profile
from hongyan.faces.console.access import console_page
from hongyan.faces.console.companies import current_company
from hongyan.faces.console.lists import Button, Column, List, Scope, answer
from hongyan.faces.console.mailboxes.forms import OFFERED, named_unit
from hongyan.faces.console.mailboxes.words import RIGHTS
from hongyan.faces.console.profiles import words
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.faces.web.typed import whole
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Decision, Refusal

NOTICES: Final = {
    "added": _("The profile is added. Now say what its posts bring."),
    "changed": _("The profile is changed."),
    "removed": _("The profile is removed; what it brought is taken back."),
    "brings": _("Added. Who has such a post gets it now, or within minutes where there are many."),
    "drops": _("Removed; it is taken back from who had it by this profile."),
    "agreed": _("Given."),
}
SHOWN: Final = 100


def rows(scope: Scope) -> QuerySet[Profile]:
    return queries.list_profiles(scope.actor, scope.company)


def by_text(found: QuerySet[Profile], text: str, scope: Scope) -> QuerySet[Profile]:
    return found.filter(name__icontains=text) | found.filter(unit__path__contains=text) | found.filter(post=text)


PROFILES: List[Profile] = List(
    key="profiles",
    title=_("Profiles of posts"),
    permission="settings.write",
    rows=rows,
    label="name",
    order="name",
    columns=(
        Column(
            "name",
            _("Name of the profile"),
            lambda p: p.name,
            sort="name",
            link=lambda p: reverse("profile", args=[p.pk]),
        ),
        Column("unit", _("Unit"), lambda p: p.unit.path if p.unit else ""),
        Column("post", _("Title"), lambda p: p.post, sort="post"),
        Column("grade", _("From grade"), lambda p: p.grade or None, number=True),
        Column("items", _("Brings"), lambda p: len(p.items.all()), number=True),
        Column("persons", _("Persons"), lambda p: getattr(p, "persons", 0), number=True),
        Column("waiting", _("Waits for consent"), lambda p: getattr(p, "waiting", 0) or None, number=True),
    ),
    search=by_text,
    search_hint=_("Name, unit or title"),
    explain=_("What a post brings comes with it and goes with it: groups, shared mailboxes, permits, a role, a size."),
    empty=_("No post brings anything yet."),
)


@console_page("settings.write")
def show(request: Request) -> HttpResponse:
    buttons = [Button(_("Add a profile"), reverse("profile-add"))]
    return answer(request, PROFILES, {"buttons": buttons, "notice": NOTICES.get(request.GET.get("said", ""))})


@console_page("settings.write")
def add(request: Request) -> HttpResponse:
    company = current_company(request, "settings.write")
    if request.method != "POST":
        return _form(request, company, {"below": "1"})
    try:
        profile = actions.add_profile(
            actor=request.actor, company=company, posts=_posts(request.actor, company, request.POST)
        )
    except Refusal as refusal:
        return _form(request, company, request.POST, refusal.decision)
    return _to(profile, "added")


def _form(request: Request, company: Company, typed: Any, refusal: Decision | None = None) -> HttpResponse:
    values = {"company": company, "typed": typed, "refusal": refusal, "units": _units(request.actor, company)}
    return page(request, "console/profiles/add.html", values, status=422 if refusal else 200)


def _units(actor: Actor, company: Company) -> list[Unit]:
    return list(units_within(actor, "settings.write", company)[:OFFERED])


def _posts(actor: Actor, company: Company, form: QueryDict) -> Posts:
    grade = form.get("grade", "").strip()
    number = int(grade) if grade.isascii() and grade.isdigit() and len(grade) < 4 else 0 if not grade else -1
    unit = named_unit(actor, "settings.write", company, form.get("unit", ""))
    return Posts(form.get("name", ""), unit, "below" in form, form.get("post", ""), number)


def _to(profile: Profile, said: str) -> HttpResponse:
    return SeeOther(reverse("profile", args=[profile.pk]) + f"?said={said}")


def _find(request: Request, number: int) -> Profile:
    profile = Profile.objects.select_related("company", "unit").filter(pk=number).first()
    if profile is None or not request.actor.may("settings.write", profile.company.slug):
        raise Http404
    return profile


@console_page("settings.write")
def one(request: Request, number: int) -> HttpResponse:
    return _page(request, _find(request, number))


def _page(request: Request, profile: Profile, refusal: Decision | None = None, at: str = "") -> HttpResponse:
    actor, company = request.actor, profile.company
    given = profile.given.select_related("person", "mailbox__company", "group", "shared", "unit").order_by(
        "state", "pk"
    )
    values = {
        "profile": profile, "company": company, "posts": words.posts(profile), "refusal": refusal, "at": at,
        "typed": request.POST, "items": [words.shown(item) for item in _items(profile)], "kinds": words.KINDS,
        "rights": RIGHTS, "roles": ROLES, "units": _units(actor, company), "notice": NOTICES.get(request.GET.get("said", "")),
        "persons": given.values("person").distinct().count(),
        "waiting": [words.told(row) for row in given.exclude(state="given")[:SHOWN]],
    }  # fmt: skip
    return page(request, "console/profiles/one.html", values, status=422 if refusal else 200)


def _items(profile: Profile) -> Any:
    return profile.items.select_related("group", "shared").order_by("kind", "pk")


@require_POST
@console_page("settings.write")
def change(request: Request, number: int, what: str) -> HttpResponse:
    profile, do = _find(request, number), CHANGES.get(what)
    if do is None:
        raise Http404
    try:
        said = do(request.actor, profile, request.POST)
    except Refusal as refusal:
        return _page(request, _find(request, number), refusal.decision, what)
    return SeeOther(reverse("profiles") + "?said=removed") if said == "removed" else _to(profile, said)


def _change(actor: Actor, profile: Profile, form: QueryDict) -> str:
    actions.change_profile(actor=actor, profile=profile, posts=_posts(actor, profile.company, form))
    return "changed"


def _remove(actor: Actor, profile: Profile, form: QueryDict) -> str:
    actions.remove_profile(actor=actor, profile=profile)
    return "removed"


def _bring(actor: Actor, profile: Profile, form: QueryDict) -> str:
    rights = form.getlist("rights")
    actions.add_item(
        actor=actor, profile=profile, kind=form.get("kind", ""), value=form.get("value", ""), rights=rights
    )
    return "brings"


def _drop(actor: Actor, profile: Profile, form: QueryDict) -> str:
    actions.remove_item(actor=actor, profile=profile, item_id=whole(form.get("item", "")))
    return "drops"


def _agree(actor: Actor, profile: Profile, form: QueryDict) -> str:
    rows = queries.waiting_in(actor, profile.company).filter(profile=profile, pk=whole(form.get("given", "")))
    row = rows.first()
    if row is None:
        raise Refusal("profile.not_waiting")
    actions.agree(actor=actor, given=row)
    return "agreed"


CHANGES: Final[dict[str, Callable[[Actor, Profile, QueryDict], str]]] = {
    "change": _change, "remove": _remove, "bring": _bring, "drop": _drop, "agree": _agree,
}  # fmt: skip
