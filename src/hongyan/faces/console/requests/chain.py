"""The editor of a chain: its steps with a check and a drawing of whom it would ask; or as the text the policies are written in.

Always: nothing is saved before everything in it is right (`actions.save_chain` says all that is wrong at once).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse

from hongyan.company.people.models import LOCALES, Company, Person
from hongyan.company.people.scope import persons_within
from hongyan.company.requests import actions, chains, queries
from hongyan.company.requests.chains import HOURS, MAX_STEPS, RELATIONS, REMIND, title_in
from hongyan.company.requests.models import Chain
from hongyan.faces.console.access import console_page
from hongyan.faces.console.mailboxes.forms import named_person
from hongyan.faces.console.requests import toml, words
from hongyan.faces.console.requests.forms import company_of
from hongyan.faces.console.roles.words import role_word
from hongyan.faces.requests import drawing, fields
from hongyan.faces.web import words as said
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Decision, Refusal

ROLES: Final = ("office", "hr", "it", "security", "audit", "scoped")
NEW: Final[dict[str, Any]] = {"by": "head"}
_NUMBERS: Final = {"levels": 1, "hours": HOURS, "remind": REMIND}
_WORDS: Final = {"need": "any", "kind": "approve", "nobody": "office"}


@console_page("settings.write")
def edit(request: Request, name: str) -> HttpResponse:
    """GET: the newest version. POST `do`: `save`, or `add`, `drop:2`, `up:2`, `down:2`, `look` that only show."""
    company = company_of(request)
    if name != "new" and name not in chains.names_of(company):
        raise Http404
    chain = None if name == "new" else chains.chain_named(company, name)
    if request.method != "POST":
        return _page(
            request, company, chain, list(chain.steps) if chain else [dict(NEW)], dict(chain.title) if chain else {}
        )
    title = {locale: request.POST.get(f"title-{locale}", "").strip() for locale, _ in LOCALES}
    steps: Any = []
    try:
        steps = _steps(company, request.POST)
        do = "look" if _is_part(request) else request.POST.get("do", "save")
        if do != "save":
            _rearrange(steps, do)
            return _page(request, company, chain, steps, title, looked=True)
        saved = actions.save_chain(
            actor=request.actor, company=company, name=chain.name if chain else request.POST.get("name", "").strip(),
            title=title, steps=steps,
        )  # fmt: skip
    except Refusal as refusal:
        return _page(request, company, chain, steps, title, refusal)
    return SeeOther(reverse("console-chain", args=[saved.name]) + "?said=chain")


def _is_part(request: Request) -> bool:
    """Only the drawing is asked for, while somebody writes."""
    return request.headers.get("X-Part") == "preview"


def _rearrange(steps: list[dict[str, Any]], what: str) -> None:
    do, _, at = what.partition(":")
    place = int(at) if at.isascii() and at.isdigit() and len(at) < 3 else -1
    if do == "add" and len(steps) < MAX_STEPS:
        steps.append(dict(NEW))
    if not 0 <= place < len(steps):
        return
    if do == "drop":
        del steps[place]
    elif do in ("up", "down"):
        other = place + (1 if do == "down" else -1)
        if 0 <= other < len(steps):
            steps[place], steps[other] = steps[other], steps[place]


# -- from the form ----------------------------------------------------------------------------------------
def _steps(company: Company, form: QueryDict) -> list[dict[str, Any]]:
    """Refuses `chain.text`, `number.malformed`, `person.unknown`."""
    if "source" in form:
        return toml.read(form.get("source", ""))
    count = form.get("count", "0")
    known = int(count) if count.isascii() and count.isdigit() and len(count) < 3 else 0
    return [_step(company, form, number) for number in range(min(known, MAX_STEPS))]


def _step(company: Company, form: QueryDict, n: int) -> dict[str, Any]:
    """What differs from what a step is by itself."""
    step: dict[str, Any] = {"by": form.get(f"by-{n}", "")}
    for key, usual in _NUMBERS.items():
        number = _number(form.get(f"{key}-{n}", ""), usual)
        if number != usual and (key != "levels" or step["by"] == "head"):
            step[key] = number
    for key, word in _WORDS.items():
        if form.get(f"{key}-{n}", word) != word:
            step[key] = form[f"{key}-{n}"]
    if step["by"] == "role":
        step["role"] = form.get(f"role-{n}", "")
    if step["by"] == "person":
        step["person"] = fields.colleague(company, form.get(f"person-{n}", "")).pk
    if when := form.get(f"when-{n}", ""):
        step["when"] = toml.condition(when)
    titles = {locale: text for locale, _ in LOCALES if (text := form.get(f"title-{n}-{locale}", "").strip())}
    if titles:
        step["title"] = titles
    return step


def _number(text: str, usual: int) -> int:
    text = text.strip()
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise Refusal("number.malformed", text=text[:20])
    return int(text)


# -- to the page ------------------------------------------------------------------------------------------
def _page(
    request: Request, company: Company, chain: Chain | None, steps: Sequence[Mapping[str, Any]], title: Mapping[str, str],
    refusal: Refusal | None = None, looked: bool = False,
) -> HttpResponse:  # fmt: skip
    as_text = request.GET.get("as") == "text" or "source" in request.POST
    flaws = _flaws(company, steps) if looked else []
    decision, _by_field, reasons = fields.sorted_out(refusal)
    values: dict[str, Any] = {
        "company": company, "chain": chain, "titles": [(locale, shown, title.get(locale, "")) for locale, shown in LOCALES],
        "name": request.POST.get("name", ""), "as_text": as_text, "count": len(steps), "most": MAX_STEPS,
        "source": request.POST.get("source", "") if "source" in request.POST else toml.written(steps),
        "steps": [_shown(company, number, step) for number, step in enumerate(steps)], "relations": _relations(),
        "roles": [(role, role_word(role)) for role in ROLES], "needs": words.NEEDS, "kinds": words.KINDS,
        "nobody": words.NOBODY, "locales": LOCALES, "refusal": decision, "reasons": [*reasons, *flaws],
        "notice": words.NOTICES.get(request.GET.get("said", "")), "shown_title": title_in(title, said.current_locale()),
        **_preview(request, company, steps),
    }  # fmt: skip
    if _is_part(request):
        return page(request, "console/requests/preview.html", values)
    return page(request, "console/requests/chain.html", values, status=422 if refusal else 200)


def _flaws(company: Company, steps: Sequence[Mapping[str, Any]]) -> list[Decision]:
    try:
        chains.cleaned_steps(company, [dict(step) for step in steps])
    except Refusal as refusal:
        return list(refusal.reasons)
    return []


def _relations() -> list[tuple[str, str]]:
    return [(by, words.relation(by)) for by in RELATIONS]


def _shown(company: Company, number: int, step: Mapping[str, Any]) -> dict[str, Any]:
    known = dict(step)
    titles = known.get("title") if isinstance(known.get("title"), Mapping) else {}
    person = (
        Person.objects.filter(company=company, pk=known.get("person") or 0).first()
        if known.get("by") == "person"
        else None
    )
    return {
        "n": number, "by": known.get("by", ""), "role": known.get("role", ""),
        "person": (person.number or person.name) if person else "",
        **{key: known.get(key, usual) for key, usual in {**_NUMBERS, **_WORDS}.items()},
        "title": queries.step_title(known, said.current_locale()) if not _flaws(company, [known]) else known.get("by", ""),
        "titles": [(locale, shown, titles.get(locale, "") if titles else "") for locale, shown in LOCALES],
        "whens": _whens(known.get("when") or []),
    }  # fmt: skip


def _whens(now: Any) -> list[tuple[str, words.Text, bool]]:
    """What the step may be asked under; what it has now stays as it is, with its clause."""
    bare = (
        [{k: v for k, v in c.items() if k != "clause"} for c in now if isinstance(c, Mapping)]
        if isinstance(now, list)
        else []
    )
    found = []
    for title, held in words.WHENS:
        same = bare == held
        found.append((toml.inline(now if same else held) if held else "", title, same))
    if not any(chosen for _, _, chosen in found):
        found.append((toml.inline(now), words.told_all(bare), True))
    return found


def _preview(request: Request, company: Company, steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Whom it would ask today, for somebody whom the editor's reader names."""
    asked = request.POST.get("as-if", "") or request.GET.get("as-if", "")
    person, wrong = None, None
    try:
        person = named_person(request.actor, company, asked)
    except Refusal as refusal:
        wrong = refusal.decision
    if person is None and wrong is None:
        staff = persons_within(request.actor, "people.read", company).filter(left_on__isnull=True)
        person = staff.filter(appointments__head=False).order_by("pk").first() or staff.order_by("pk").first()
    fine = not _flaws(company, steps)
    path = drawing.previewed(queries.chain_preview(company, person, steps, said.current_locale())) if fine else []
    return {"path": path, "as_if": asked, "person": person, "person_wrong": wrong, "fine": fine}
