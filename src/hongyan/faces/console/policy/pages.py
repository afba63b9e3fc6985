"""Who has read the company's policy and who has not, and the form that publishes an edition. Clauses G2.1.7, G2.2.3."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from hongyan.company.people.models import LOCALES, Account, Appointment, Company, Unit
from hongyan.company.people.scope import units_within
from hongyan.company.people.tree import units_below
from hongyan.company.reading import actions, queries
from hongyan.company.reading.models import Acknowledgement
from hongyan.faces.console.access import console_page
from hongyan.faces.console.companies import current_company
from hongyan.faces.console.lists import Button, Column, Filter, List, Options, Scope, answer
from hongyan.faces.policy.prose import blocks
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.kernel import clock
from hongyan.kernel.decision import Refusal

UNITS = 300


def rows(scope: Scope) -> QuerySet[Account]:
    edition = queries.newest(scope.company)
    found = queries.readers_within(scope.actor, scope.company).select_related("person")
    found = found.prefetch_related("person__appointments__unit")
    own = Acknowledgement.objects.filter(edition=edition, account=OuterRef("pk"))
    return found.annotate(read_at=Subquery(own.values("at")[:1]))


def by_state(found: QuerySet[Account], value: str, scope: Scope) -> QuerySet[Account]:
    edition = queries.newest(scope.company)
    if edition is None:
        return found
    return found.filter(queries.has_acknowledged(edition)) if value == "read" else queries.missing(found, edition)


def in_unit(found: QuerySet[Account], value: str, scope: Scope) -> QuerySet[Account]:
    unit = Unit.objects.filter(company=scope.company, pk=int(value)).first()
    if unit is None:
        return found.none()
    posts = Appointment.objects.filter(unit__in=units_below(scope.company, [unit.path]), person=OuterRef("person"))
    return found.filter(Exists(posts))


def unit_options(scope: Scope) -> Options:
    units = units_within(scope.actor, "people.read", scope.company)
    return [(str(pk), path) for pk, path in units.values_list("pk", "path")[:UNITS]]


def name_of(account: Account) -> str:
    return account.person.name if account.person is not None else ""


def posts_of(account: Account) -> list[str]:
    found = account.person.appointments.all() if account.person is not None else ()
    return [" ".join(part for part in (each.unit.name, each.post) if part) for each in found]


READERS: List[Account] = List(
    key="policy-readers",
    title=_("Company policy"),
    permission="people.read",
    rows=rows,
    label="login",
    order="login",
    columns=(
        Column("name", _("Name"), name_of),
        Column("login", _("Address"), lambda account: account.login, sort="login"),
        Column("posts", _("Posts"), posts_of),
        Column("read", _("Acknowledged"), lambda account: getattr(account, "read_at", None)),
    ),
    search=lambda found, text, scope: found.filter(
        Q(login__icontains=text) | Q(person__name__icontains=text) | Q(person__number=text)
    ),
    search_hint=_("Name, address, number"),
    filters=(
        Filter("state", _("State"), (("missing", _("Not read yet")), ("read", _("Acknowledged"))), by_state),
        Filter("unit", _("Unit"), unit_options, in_unit),
    ),
    empty=_("Nobody has an account here yet."),
)


@console_page("people.read")
def show(request: Request) -> HttpResponse:
    company = current_company(request, "people.read")
    edition, locale = queries.newest(company), request.actor.locale
    values: dict[str, Any] = {"edition": edition, "may": request.actor.may("settings.write", company.slug)}
    values["buttons"] = [Button(_("Publish an edition"), reverse("policy-publish"))] if values["may"] else []
    if edition is not None:
        readers = queries.readers_within(request.actor, company)
        total = readers.count()
        left = queries.missing(readers, edition).count()
        values |= {
            "title": queries.in_language(edition.titles, locale, company)[1], "total": total, "done": total - left,
            "left": left, "percent": (total - left) * 100 // total if total else 100,
        }  # fmt: skip
    values["published"] = request.GET.get("did") == "published"
    return answer(request, READERS, values, template="console/policy/readers.html", company=company)


@console_page("settings.write")
def publish(request: Request) -> HttpResponse:
    """GET: the form, begun with the newest edition's text. POST: `preview` shows it, otherwise it is published."""
    company = current_company(request, "settings.write")
    if not request.actor.may("settings.write", company.slug):
        raise Http404
    if request.method != "POST":
        return _form(request, company)
    try:
        if "preview" in request.POST:
            return _form(request, company, looked=True)
        actions.publish_edition(
            actor=request.actor, company=company, titles=_typed(request.POST, "title"),
            texts=_typed(request.POST, "text"), effective_on=_day(request.POST), note=request.POST.get("note", ""),
        )  # fmt: skip
    except Refusal as refusal:
        return _form(request, company, refusal)
    return SeeOther(reverse("policy-readers") + f"?company={company.slug}&did=published")


def _typed(form: QueryDict, name: str) -> dict[str, str]:
    return {locale: form.get(f"{name}-{locale}", "") for locale, _shown in LOCALES}


def _day(form: QueryDict) -> date:
    """Refuses `policy.date_malformed`."""
    text = form.get("day", "").strip()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal("policy.date_malformed", text=text[:20]) from None


def _form(request: Request, company: Company, refusal: Refusal | None = None, *, looked: bool = False) -> HttpResponse:
    last, typed = queries.newest(company), request.POST if request.method == "POST" else None
    titles = _typed(typed, "title") if typed is not None else last.titles if last else {}
    texts = _typed(typed, "text") if typed is not None else last.texts if last else {}
    values = {
        "company": company, "last": last, "refusal": refusal.decision if refusal else None, "looked": looked,
        "languages": [(name, shown, titles.get(name, ""), texts.get(name, "")) for name, shown in LOCALES],
        "previews": [(name, titles.get(name, ""), blocks(texts[name])) for name, _s in LOCALES if texts.get(name)],
        "day": typed.get("day", "") if typed is not None else clock.today().isoformat(),
        "note": typed.get("note", "") if typed is not None else "",
        "readers": queries.readers(company).count(),
    }  # fmt: skip
    return page(request, "console/policy/publish.html", values, status=422 if refusal else 200)
