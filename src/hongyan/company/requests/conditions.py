"""Conditions as data: who may file (clauses B1.1-7), and when a step of a chain is passed.

Owns: the language of conditions, its check and its evaluation; the facts that they speak of.
Never: decides what follows. Always: within one condition everything must hold, of several one is enough, none at all means
always; what speaks of a post must hold for one and the same post of the person.

    {branch = true}                      works in a branch (False: at the head office)
    {units = ["銷售部", "總公司/財務部"]}    in a unit of that name or path, or below it
    {posts = ["客服", "法務"]}             the title of the post has one of these in it
    {grade = 5}                          that grade or higher
    {head = true}                        heads a unit, or is its deputy head
    {filed_by = ["hr"]}                  in what capacity it was filed: self, head, hr, office
    {exception = true}                   by the exception route
    {forms = ["quota"]}                  of these forms
    {fields = {who = ["anyone"]}}        a field has one of these values
    {above = {quota_mb = 10240}}         a number in a field is above this
    {not = {...}}                        the opposite of a condition
    clause = "B1.1"                      names where the rule comes from; says nothing
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from hongyan.company.people.holding import holds
from hongyan.company.people.models import Appointment, Person, Unit
from hongyan.company.requests.forms import FORMS
from hongyan.company.requests.models import FILERS
from hongyan.kernel.decision import Decision

MAX_CONDITIONS: Final = 40
MAX_TEXTS: Final = 60
Condition = Mapping[str, Any]

_TEXTS: Final = ("units", "posts", "forms", "filed_by")
_FLAGS: Final = ("branch", "head", "exception")
KEYS: Final = (*_FLAGS, *_TEXTS, "grade", "fields", "above", "not", "clause")


@dataclass(frozen=True, slots=True)
class Post:
    unit: str = ""
    branch: bool = False
    title: str = ""
    grade: int = 0
    leads: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What conditions are asked about. Somebody without a post counts as one of the head office."""

    posts: tuple[Post, ...] = (Post(),)
    form: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    filed_by: str = ""
    exception: bool = False


def posts_of(person: Person | None) -> tuple[Post, ...]:
    """The posts that the person holds today."""
    if person is None:
        return (Post(),)
    rows = list(Appointment.objects.filter(holds(), person=person).select_related("unit").order_by("pk"))
    if not rows:
        return (Post(),)
    upward = {"/".join(row.unit.path.split("/")[:depth]) for row in rows for depth in range(1, 20)}
    branches = set(
        Unit.objects.filter(company=person.company_id, path__in=upward, branch=True).values_list("path", flat=True)
    )
    return tuple(
        Post(row.unit.path, _below_any(row.unit.path, branches), row.post, row.grade, row.head or row.deputy)
        for row in rows
    )


def facts_for(
    person: Person | None, *, form: str = "", fields: Mapping[str, Any] | None = None, filed_by: str = "",
    exception: bool = False,
) -> Facts:  # fmt: skip
    return Facts(posts_of(person), form, fields or {}, filed_by, exception)


def first_that_holds(conditions: Sequence[Condition], facts: Facts) -> Condition | None:
    """The condition that holds; `{}` when there are none at all; None when none of them does."""
    if not conditions:
        return {}
    return next((condition for condition in conditions if holds_for(condition, facts)), None)


def holds_for(condition: Condition, facts: Facts) -> bool:
    return _of_request(condition, facts) and any(_of_post(condition, post) for post in facts.posts)


def _of_request(condition: Condition, facts: Facts) -> bool:
    for key, wanted in condition.items():
        match key:
            case "filed_by":
                held = facts.filed_by in wanted
            case "exception":
                held = facts.exception == wanted
            case "forms":
                held = facts.form in wanted
            case "fields":
                held = all(facts.fields.get(name) in values for name, values in wanted.items())
            case "above":
                held = all(_number(facts.fields.get(name)) > bound for name, bound in wanted.items())
            case "not":
                held = not holds_for(wanted, facts)
            case _:
                held = True
        if not held:
            return False
    return True


def _of_post(condition: Condition, post: Post) -> bool:
    for key, wanted in condition.items():
        match key:
            case "branch":
                held = post.branch == wanted
            case "head":
                held = post.leads == wanted
            case "grade":
                held = post.grade >= wanted
            case "posts":
                held = any(text.casefold() in post.title.casefold() for text in wanted)
            case "units":
                held = any(_in_unit(post.unit, text) for text in wanted)
            case _:
                held = True
        if not held:
            return False
    return True


def _in_unit(path: str, text: str) -> bool:
    """By path, or by the name of a unit anywhere on the way up."""
    return _below_any(path, [text]) if "/" in text else text in path.split("/")


def _below_any(path: str, tops: Iterable[str]) -> bool:
    return any(path == top or path.startswith(top + "/") for top in tops)


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


# -- check -------------------------------------------------------------------------------------------------
def flaws_of(conditions: Any) -> list[Decision]:
    """What is wrong with a list of conditions, nothing when it can be stored."""
    if not isinstance(conditions, list) or len(conditions) > MAX_CONDITIONS:
        return [Decision("request.condition.list", {"limit": MAX_CONDITIONS})]
    return [flaw for condition in conditions for flaw in _flaws(condition)]


def _flaws(condition: Any, depth: int = 0) -> list[Decision]:
    if not isinstance(condition, dict) or depth > 3:
        return [Decision("request.condition.shape")]
    found = []
    for key, value in condition.items():
        if key not in KEYS:
            found.append(Decision("request.condition.unknown", {"key": str(key)[:40], "known": list(KEYS)}))
        elif key == "not":
            found += _flaws(value, depth + 1)
        elif not _fits(key, value):
            found.append(Decision("request.condition.value", {"key": key}))
    return found


def _fits(key: str, value: Any) -> bool:
    match key:
        case "branch" | "head" | "exception":
            return isinstance(value, bool)
        case "grade":
            return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 99
        case "units" | "posts":
            return _texts(value)
        case "forms":
            return _texts(value) and set(value) <= set(FORMS)
        case "filed_by":
            return _texts(value) and set(value) <= set(FILERS)
        case "clause":
            return isinstance(value, str) and len(value) <= 20
        case "fields":
            return isinstance(value, dict) and all(
                isinstance(values, list) and 0 < len(values) <= MAX_TEXTS for values in value.values()
            )
        case _:
            return isinstance(value, dict) and all(
                isinstance(bound, int) and not isinstance(bound, bool) for bound in value.values()
            )


def _texts(value: Any) -> bool:
    return (
        isinstance(value, list)
        and 0 < len(value) <= MAX_TEXTS
        and all(isinstance(text, str) and 0 < len(text.strip()) <= 200 for text in value)
    )


# -- words -------------------------------------------------------------------------------------------------
def told(condition: Condition) -> list[Decision]:
    """The condition in words, part by part, for `kernel.wording.say`."""
    parts = []
    for key, value in condition.items():
        match key:
            case "branch" | "head" | "exception":
                parts.append(Decision(f"request_condition.{key}.{'yes' if value else 'no'}"))
            case "fields" | "above":
                parts += [
                    Decision(f"request_condition.{key}", {"field": name, "value": bound})
                    for name, bound in value.items()
                ]
            case "not":
                parts += [Decision("request_condition.not"), *told(value)]
            case "clause":
                pass
            case _:
                parts.append(Decision(f"request_condition.{key}", {"value": value}))
    return parts
