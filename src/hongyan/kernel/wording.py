"""Words for decisions: the sentence that a code stands for, in the reader's language.

Owns: `say`, the catalogue's format (`kernel/catalogue/*.toml`) and how times, sizes and lists are spelled.
Never: decides, stores or logs anything.
Always: a code has a sentence in every locale, with the same placeholders (`tests/kernel/test_wording.py` holds
this, and that every code raised in the source is in the catalogue). Promise 4: one sentence for SMTP, web and shell.

A catalogue file is TOML; a code's dots are its tables::

    [group.company_only]
    zh-Hant = "群組 {group} 只接受本公司的來信。"
    zh-Hans = "群组 {group} 只接受本公司的来信。"
    en = "Group {group} takes mail from the company only."

Placeholders may carry a format: `{limit:size}` (bytes), `{until:clock}` (seconds since the epoch),
`{role:in role_name}` (the catalogue's own word for a value, `[role_name.office]`). A list is joined.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Final

from hongyan.kernel.decision import Decision

LOCALES: Final = ("zh-Hant", "zh-Hans", "en")
CATALOGUE: Final = Path(__file__).with_name("catalogue")
_SEPARATORS: Final = {"zh-Hant": "、", "zh-Hans": "、", "en": ", "}


class NoSentence(LookupError):
    """The catalogue lacks this code or locale, or the decision lacks a parameter of its sentence."""


def say(decision: Decision, locale: str, **more: Any) -> str:
    """The decision's sentence. `more` adds parameters that are known only where it is said (the web's address)."""
    sentences = catalogue().get(decision.code)
    if sentences is None or locale not in sentences:
        raise NoSentence(f"{decision.code} in {locale}")
    try:
        return _Speller(locale).vformat(sentences[locale], (), {**decision.params, **more})
    except KeyError as missing:
        raise NoSentence(f"{decision.code} in {locale}: parameter {missing}") from None


def fill(template: str, params: Mapping[str, Any], locale: str) -> str:
    """A text that is no sentence of the catalogue (a company's own notice), filled by the same rules. Raises KeyError."""
    return _Speller(locale).vformat(template, (), params)


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """code -> locale -> template, of all catalogue files. A code that stands in two files is an error."""
    whole: dict[str, Mapping[str, str]] = {}
    for path in sorted(CATALOGUE.glob("*.toml")):
        for code, sentences in _leaves(tomllib.loads(path.read_text("utf-8"))):
            if code in whole:
                raise ValueError(f"{path.name}: {code} stands in two catalogue files")
            whole[code] = sentences
    return whole


def _leaves(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, str]]]:
    for key, value in table.items():
        if not isinstance(value, dict):
            continue
        code = f"{prefix}{key}"
        if any(locale in value for locale in LOCALES):
            yield code, value
        yield from _leaves({k: v for k, v in value.items() if k not in LOCALES}, f"{code}.")


class _Speller(Formatter):
    """Formats by name only: no attributes, no indexes, so that a parameter never reaches into an object."""

    def __init__(self, locale: str) -> None:
        self.locale = locale

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> tuple[Any, str]:
        return kwargs[field_name], field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        match format_spec:
            case "size":
                return spell_size(int(value))
            case "clock":
                return time.strftime("%H:%M (%z)", time.localtime(float(value)))
        if format_spec.startswith("in "):
            table = format_spec.removeprefix("in ")
            value = [self._word(table, v) for v in (value if isinstance(value, (list, tuple)) else [value])]
            format_spec = ""
        if format_spec.startswith("say."):
            return say(Decision(f"{format_spec[4:]}.{value}"), self.locale)
        if isinstance(value, (list, tuple)):
            return _SEPARATORS[self.locale].join(map(str, value))
        return format(value, format_spec)

    def _word(self, table: str, value: Any) -> str:
        sentences = catalogue().get(f"{table}.{value}", {})
        return sentences.get(self.locale, str(value))


def spell_size(size: int) -> str:
    """Bytes as people read them: `25 MB`, `1.5 MB`, `800 KB` (powers of 1024, as mail programs show them)."""
    for unit, factor in (("MB", 1 << 20), ("KB", 1 << 10)):
        if size >= factor:
            return f"{size / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} B"
