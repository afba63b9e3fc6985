"""Chains as data: what a step may say, the ready policies, versions, and which chain and rules a company uses for a form.

Owns: the language of steps and its check; reading `packs/*.toml`; `policy_of`.
Never: asks anybody anything (`seating` finds the people, `flow` moves the request).
Always: a stored version never changes; a company without rows of its own lives by the pack `G`.

A step:

    by       whom it asks, by relation to the person that the request is for (in the unit where it lies):
             head (with `levels`: 2 is the head's head; where there is none so far up, the highest there is),
             branch_head (who heads the branch; at the head office the general manager), general_manager (heads of the
             topmost unit), it_clerk, hr, office, role (with `role`), person (with `person`: a primary key)
    need     any (one of them is enough) or all
    kind     approve, or check (looks at it and files it: the same buttons, another word)
    when     conditions of which one must hold (none: always)
    hours    until its deadline; then it is passed on: first to the heads of those who were asked, then to the office
    remind   hours until the first reminder; 0: none
    nobody   when nobody is found: office (decides instead) or skip
    title    by locale, instead of the relation's own word
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from hongyan.company.people.models import ROLES, Company, Person
from hongyan.company.requests import conditions
from hongyan.company.requests.conditions import Condition
from hongyan.company.requests.forms import FORMS
from hongyan.company.requests.models import Chain, FormRule, Series
from hongyan.kernel.decision import Decision, Refusal
from hongyan.kernel.wording import LOCALES

PACKS: Final = ("G", "P", "B")
DEFAULT_PACK: Final = "G"
_DIRECTORY: Final = Path(__file__).with_name("packs")
RELATIONS: Final = (
    "head", "branch_head", "general_manager", "it_clerk", "hr", "office", "role", "person",
)  # fmt: skip
MAX_STEPS: Final = 12
MAX_LEVELS: Final = 12
HOURS: Final = 48
REMIND: Final = 24
MAX_HOURS: Final = 24 * 90


@dataclass(frozen=True, slots=True)
class Spec:
    """A step as the chain says it."""

    by: str
    levels: int = 1
    role: str = ""
    person: int | None = None
    need: Literal["any", "all"] = "any"
    kind: Literal["approve", "check"] = "approve"
    when: tuple[Condition, ...] = ()
    hours: int = HOURS
    remind: int = REMIND
    nobody: Literal["office", "skip"] = "office"
    title: Mapping[str, str] = field(default_factory=dict)


_KEYS: Final = tuple(Spec.__dataclass_fields__)
OFFICE_STEP: Final[dict[str, Any]] = {"by": "office"}


@dataclass(frozen=True, slots=True)
class Rule:
    """How a company uses a form now."""

    form: str
    enabled: bool
    chain: str
    exception: str
    who: tuple[Condition, ...]
    own: bool = False  #: a row of the company, not the pack's word


def spec_of(raw: Mapping[str, Any]) -> Spec:
    """A stored step, which was checked when it was stored."""
    known = {key: value for key, value in raw.items() if key in _KEYS}
    return Spec(**known | {"when": tuple(known.get("when", ()))})


# -- the ready policies ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Pack:
    name: str
    title: Mapping[str, str]
    chains: Mapping[str, Mapping[str, Any]]  #: name -> {"title", "steps"}
    rules: Mapping[str, Rule]


@cache
def pack_named(name: str) -> Pack:
    """Refuses `request.pack_unknown`."""
    if name not in PACKS:
        raise Refusal("request.pack_unknown", pack=name[:20], known=", ".join(PACKS))
    raw = tomllib.loads((_DIRECTORY / f"{name}.toml").read_text("utf-8"))
    default = raw["default"]
    rules = {}
    for form in FORMS:
        own = default | raw.get("form", {}).get(form, {})
        rules[form] = Rule(
            form, own.get("enabled", True), own["chain"], own.get("exception", ""), tuple(own.get("who", ()))
        )
    chains = {key: {"title": chain["title"], "steps": chain["step"]} for key, chain in raw["chain"].items()}
    return Pack(name, raw["title"], chains, rules)


def pack_of(company: Company) -> Pack:
    """The ready policy that the company began with."""
    series = Series.objects.filter(company=company).first()
    return pack_named(series.pack if series and series.pack else DEFAULT_PACK)


# -- what holds in a company -------------------------------------------------------------------------------
def rule_for(company: Company, form: str) -> Rule:
    """Refuses `request.form_unknown`."""
    require_form(form)
    row = FormRule.objects.filter(company=company, form=form).first()
    return _rule(row) if row else pack_of(company).rules[form]


def rules_of(company: Company) -> dict[str, Rule]:
    """For every form, in the order of the forms."""
    own = {row.form: _rule(row) for row in FormRule.objects.filter(company=company)}
    given = pack_of(company).rules
    return {form: own.get(form, given[form]) for form in FORMS}


def _rule(row: FormRule) -> Rule:
    return Rule(row.form, row.enabled, row.chain, row.exception, tuple(row.who), own=True)


def require_form(name: str) -> None:
    if name not in FORMS:
        raise Refusal("request.form_unknown", form=name[:30], known=", ".join(FORMS))


def newest(company: Company, name: str) -> Chain | None:
    return Chain.objects.filter(company=company, name=name).order_by("-version").first()


def chain_named(company: Company, name: str) -> Chain:
    """The newest version; of a chain that only the pack knows a row that is not saved. Refuses `request.chain_unknown`."""
    found = newest(company, name)
    if found is not None:
        return found
    pack = pack_of(company)
    if name not in pack.chains:
        raise Refusal("request.chain_unknown", chain=name[:40], known=", ".join(names_of(company)))
    chain = pack.chains[name]
    return Chain(
        company=company, name=name, version=1, title=chain["title"], steps=chain["steps"], pack=pack.name
    )  # fmt: skip


def names_of(company: Company) -> list[str]:
    """Chains that the company has or its pack offers."""
    own = Chain.objects.filter(company=company).order_by("name").values_list("name", flat=True).distinct()
    return sorted({*own, *pack_of(company).chains})


def chains_of(company: Company) -> list[Chain]:
    """The newest version of each, in the order of their names."""
    return [chain_named(company, name) for name in names_of(company)]


# -- check -------------------------------------------------------------------------------------------------
def cleaned_steps(company: Company, steps: Any) -> list[dict[str, Any]]:
    """The steps as they are stored. Refuses, with everything that is wrong with them at once, `request.chain_refused`."""
    if not isinstance(steps, list) or not steps:
        raise Refusal("request.chain_refused", reasons=(Decision("request.chain.empty"),))
    flaws: list[Decision] = []
    if len(steps) > MAX_STEPS:
        flaws.append(Decision("request.chain.long", {"limit": MAX_STEPS}))
    for number, step in enumerate(steps[:MAX_STEPS], 1):
        flaws += [Decision(f.code, f.params | {"step": number}, f.clause) for f in _flaws(company, step)]
    if flaws:
        raise Refusal("request.chain_refused", reasons=tuple(flaws))
    return [dict(step) for step in steps]


def _flaws(company: Company, step: Any) -> list[Decision]:
    if not isinstance(step, dict):
        return [Decision("request.chain.shape")]
    found = [
        Decision("request.chain.key", {"key": str(key)[:40], "known": list(_KEYS)}) for key in step if key not in _KEYS
    ]
    if step.get("by") not in RELATIONS:
        found.append(Decision("request.chain.by", {"by": str(step.get("by", ""))[:40], "known": list(RELATIONS)}))
    checks: tuple[tuple[str, bool], ...] = (
        ("levels", _between(step.get("levels", 1), 1, MAX_LEVELS)),
        ("hours", _between(step.get("hours", HOURS), 1, MAX_HOURS)),
        ("remind", _between(step.get("remind", REMIND), 0, MAX_HOURS)),
        ("need", step.get("need", "any") in ("any", "all")),
        ("kind", step.get("kind", "approve") in ("approve", "check")),
        ("nobody", step.get("nobody", "office") in ("office", "skip")),
        ("role", step.get("by") != "role" or step.get("role") in ROLES),
        ("person", step.get("by") != "person" or _person(company, step.get("person"))),
        ("title", _titled(step.get("title", {}))),
    )
    found += [Decision("request.chain.value", {"key": key}) for key, fine in checks if not fine]
    return [*found, *conditions.flaws_of(step.get("when", []))]


def _between(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _person(company: Company, value: Any) -> bool:
    known = isinstance(value, int) and not isinstance(value, bool)
    return known and Person.objects.filter(company=company, pk=value, left_on__isnull=True).exists()


def _titled(value: Any) -> bool:
    return isinstance(value, dict) and all(
        key in LOCALES and isinstance(text, str) and len(text) <= 80 for key, text in value.items()
    )


def title_in(titles: Mapping[str, str], locale: str) -> str:
    """A text of several languages in the reader's, else in the first there is."""
    return titles.get(locale) or next(iter(titles.values()), "")
