"""What steps of a chain and rules are called in the editors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy as _

from hongyan.company.requests import conditions
from hongyan.faces.console.requests import toml
from hongyan.faces.web import words

Text = str | Promise

NOTICES: Final[dict[str, Text]] = {
    "chain": _("The chain is saved. Requests under way keep the version they began with."),
    "form": _("The rules of the form are saved and hold from now on."),
    "form-reset": _("The ready policy's rules hold again for this form."),
    "pack": _("The ready policy holds from now on. Requests under way keep the chain they began with."),
}
NEEDS: Final = (("any", _("One of them is enough")), ("all", _("Each of them")))
KINDS: Final = (("approve", _("Approves")), ("check", _("Checks and files")))
NOBODY: Final = (("office", _("The office decides instead")), ("skip", _("The step is left out")))
#: Conditions that a step is offered; others are written as text.
WHENS: Final[tuple[tuple[Text, list[Mapping[str, Any]]], ...]] = (
    (_("always"), []),
    (_("only in a branch"), [{"branch": True}]),
    (_("only at the head office"), [{"branch": False}]),
    (_("only exceptions"), [{"exception": True}]),
    (_("not when HR filed it"), [{"filed_by": ["self", "head", "office"]}]),
    (_("only when HR filed it"), [{"filed_by": ["hr"]}]),
    (_("only for heads"), [{"head": True}]),
    (_("only for others than heads"), [{"head": False}]),
)


def relation(by: str) -> str:
    return words.named("request_by", by)


def told(condition: Mapping[str, Any]) -> str:
    """A condition in words: `works in a branch, heads a unit`; one that says nothing known as it is written."""
    if conditions.flaws_of([condition]):
        return toml.inline(condition)
    locale = words.current_locale()
    parts = [words.tell(part, locale) for part in conditions.told(condition)]
    return ("、" if locale.startswith("zh") else ", ").join(parts)


def told_all(held: Sequence[Mapping[str, Any]]) -> str:
    """Several conditions of which one is enough."""
    return gettext(" or ").join(text for condition in held if (text := told(condition)))
