"""Forms and chains of the company: which chain each form takes, who may file it (clauses B1.1-7), the ready policies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from hongyan.company.people.models import Company, Grade
from hongyan.company.requests import actions, chains
from hongyan.company.requests.chains import Rule, title_in
from hongyan.company.requests.forms import FORMS
from hongyan.company.requests.models import Chain
from hongyan.company.requests.queries import step_title
from hongyan.faces.console.access import console_page
from hongyan.faces.console.companies import current_company
from hongyan.faces.console.requests import words
from hongyan.faces.requests import fields, words as spoken
from hongyan.faces.web import words as said
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Refusal

#: Rows of rules that the editor offers at most, and how many empty ones it begins with.
ROWS: Final = 40
_SHOWN: Final = ("clause", "branch", "head", "units", "posts", "grade")
_CHOICES: Final = {
    "branch": (("", _("anywhere")), ("yes", _("in a branch")), ("no", _("at the head office"))),
    "head": (("", _("anybody")), ("yes", _("heads and deputies")), ("no", _("others than heads"))),
}


def company_of(request: Request) -> Company:
    """The company worked on, where the actor makes the rules for the whole of it."""
    company = current_company(request, "settings.write")
    if not request.actor.may("settings.write", company.slug):
        raise Http404
    return company


# -- all --------------------------------------------------------------------------------------------------
@console_page("settings.write")
def index(request: Request) -> HttpResponse:
    return _index(request, company_of(request))


def _index(request: Request, company: Company, refusal: Refusal | None = None) -> HttpResponse:
    locale = said.current_locale()
    titles = {chain.name: title_in(chain.title, locale) or chain.name for chain in chains.chains_of(company)}
    rules = chains.rules_of(company)
    pack = chains.pack_of(company)
    values: dict[str, Any] = {
        "company": company, "forms": [_line(rule, titles) for rule in rules.values()], "pack": pack.name,
        "packs": [(name, title_in(chains.pack_named(name).title, locale)) for name in chains.PACKS],
        "chains": [_chain_line(chain, rules, locale) for chain in chains.chains_of(company)],
        "refusal": refusal.decision if refusal else None, "notice": words.NOTICES.get(request.GET.get("said", "")),
    }  # fmt: skip
    return page(request, "console/requests/forms.html", values, status=422 if refusal else 200)


def _line(rule: Rule, titles: Mapping[str, str]) -> dict[str, Any]:
    return {
        "form": rule.form, "title": spoken.form_title(rule.form), "enabled": rule.enabled, "own": rule.own,
        "chain": rule.chain, "chain_title": titles.get(rule.chain, rule.chain),
        "exception": titles.get(rule.exception, rule.exception), "who": [words.told(c) for c in rule.who],
    }  # fmt: skip


def _chain_line(chain: Chain, rules: Mapping[str, Rule], locale: str) -> dict[str, Any]:
    return {
        "name": chain.name, "title": title_in(chain.title, locale) or chain.name, "version": chain.version if chain.pk else 0,
        "steps": [step_title(step, locale) for step in chain.steps],
        "forms": [spoken.form_title(r.form) for r in rules.values() if chain.name in (r.chain, r.exception)],
    }  # fmt: skip


@require_POST
@console_page("settings.write")
def use_pack(request: Request) -> HttpResponse:
    company = company_of(request)
    try:
        actions.use_pack(actor=request.actor, company=company, pack=request.POST.get("pack", ""))
    except Refusal as refusal:
        return _index(request, company, refusal)
    return SeeOther(reverse("console-forms") + "?said=pack")


# -- one form ---------------------------------------------------------------------------------------------
@console_page("settings.write")
def edit(request: Request, form: str) -> HttpResponse:
    company = company_of(request)
    if form not in FORMS:
        raise Http404
    if request.method != "POST":
        return _edit(request, company, form)
    if request.POST.get("do") == "reset":
        actions.reset_form(actor=request.actor, company=company, form=form)
        return SeeOther(reverse("console-forms") + "?said=form-reset")
    if request.POST.get("do") == "more":
        return _edit(request, company, form, more=3)
    try:
        actions.set_form(
            actor=request.actor, company=company, form=form, enabled=request.POST.get("enabled") == "1",
            chain=request.POST.get("chain", ""), exception=request.POST.get("exception", ""), who=conditions(request.POST),
        )  # fmt: skip
    except Refusal as refusal:
        return _edit(request, company, form, refusal)
    return SeeOther(reverse("console-forms") + "?said=form")


def _edit(request: Request, company: Company, form: str, refusal: Refusal | None = None, more: int = 0) -> HttpResponse:
    rule, locale = chains.rule_for(company, form), said.current_locale()
    sent = request.method == "POST"
    who = _rows(request.POST) if sent else [_row(condition) for condition in rule.who]
    who += [_row({}) for _ in range(more or (0 if who else 1))]
    decision, _by_field, reasons = fields.sorted_out(refusal)
    values: dict[str, Any] = {
        "company": company, "form": form, "title": spoken.form_title(form), "about": spoken.ABOUT.get(form, ""),
        "clause": said.clause_mark(FORMS[form].clause, locale), "rows": list(enumerate(who[:ROWS])), "count": len(who[:ROWS]),
        "own": rule.own, "enabled": request.POST.get("enabled") == "1" if sent else rule.enabled,
        "chain": request.POST.get("chain", "") if sent else rule.chain,
        "exception": request.POST.get("exception", "") if sent else rule.exception,
        "chains": [(chain.name, title_in(chain.title, locale) or chain.name) for chain in chains.chains_of(company)],
        "grades": list(Grade.objects.filter(company=company).order_by("level")), "choices": _CHOICES,
        "refusal": decision, "reasons": reasons, "pack": chains.pack_of(company).name,
    }  # fmt: skip
    return page(request, "console/requests/form.html", values, status=422 if refusal else 200)


def _row(condition: Mapping[str, Any]) -> dict[str, str]:
    """A condition as the editor's row shows it; what it has no place for goes along in `rest`."""
    flags = {key: {True: "yes", False: "no"}.get(condition.get(key), "") for key in ("branch", "head")}  # type: ignore[arg-type]
    lists = {key: "、".join(map(str, condition.get(key, ()))) for key in ("units", "posts")}
    rest = {key: value for key, value in condition.items() if key not in _SHOWN}
    return {
        "clause": str(condition.get("clause", "")), **flags, **lists, "grade": str(condition.get("grade") or ""),
        "rest": json.dumps(rest, ensure_ascii=False) if rest else "", "told": words.told(rest) if rest else "",
    }  # fmt: skip


def _rows(form: QueryDict) -> list[dict[str, str]]:
    found = [_row_of(form, number) for number in range(min(ROWS, _whole(form.get("count", "0"))))]
    return [row for row in found if row is not None]


def _row_of(form: QueryDict, number: int) -> dict[str, str] | None:
    if form.get(f"drop-{number}"):
        return None
    row = {key: form.get(f"{key}-{number}", "").strip() for key in (*_SHOWN, "rest")}
    return row | {"told": words.told(_rest(row["rest"])) if row["rest"] else ""}


def conditions(form: QueryDict) -> list[dict[str, Any]]:
    """What the rows say; a row without anything says nothing. Refuses `number.malformed`."""
    found = [_condition(row) for row in _rows(form)]
    return [condition for condition in found if set(condition) - {"clause"}]


def _condition(row: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if row["clause"]:
        found["clause"] = row["clause"]
    for key in ("branch", "head"):
        if row[key] in ("yes", "no"):
            found[key] = row[key] == "yes"
    for key in ("units", "posts"):
        if texts := [
            text.strip() for text in row[key].replace(",", "、").replace("，", "、").split("、") if text.strip()
        ]:
            found[key] = texts
    if row["grade"]:
        if not (row["grade"].isascii() and row["grade"].isdigit() and len(row["grade"]) < 4):
            raise Refusal("number.malformed", text=row["grade"][:20])
        found["grade"] = int(row["grade"])
    return found | _rest(row["rest"])


def _rest(text: str) -> dict[str, Any]:
    try:
        rest = json.loads(text) if text else {}
    except ValueError:
        return {}
    return rest if isinstance(rest, dict) else {}


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
