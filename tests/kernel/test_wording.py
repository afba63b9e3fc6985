from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import hongyan
from hongyan.kernel import wording
from hongyan.kernel.decision import Decision

SOURCE = Path(hongyan.__file__).parent


def placeholders(template: str) -> set[tuple[str, str]]:
    return {(name, spec or "") for _, name, spec, _ in Formatter().parse(template) if name is not None}


def codes_in_source() -> Iterator[tuple[str, str]]:
    """(code, file) of every `Refusal("...")` and `Decision("...")`."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)) and node.args:
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                first = node.args[0]
                if name in ("Refusal", "Decision") and isinstance(first, ast.Constant):
                    yield str(first.value), str(path.relative_to(SOURCE))


@pytest.mark.parametrize("code", sorted(wording.catalogue()))
def test_every_code_speaks_every_language_with_the_same_placeholders(code: str) -> None:
    sentences = wording.catalogue()[code]
    assert set(sentences) >= set(wording.LOCALES)
    assert len({frozenset(placeholders(sentences[locale])) for locale in wording.LOCALES}) == 1


def test_every_code_that_is_raised_has_a_sentence() -> None:
    missing = sorted({(code, file) for code, file in codes_in_source() if code not in wording.catalogue()})
    assert not missing, f"add to kernel/catalogue/: {missing}"


def test_says_with_parameters_of_the_decision_and_of_the_place() -> None:
    decision = Decision("size.exceeded", {"size": 30 << 20, "limit": 25 << 20})
    assert "30 MB" in wording.say(decision, "en", web="https://x")
    assert "25 MB" in wording.say(decision, "zh-Hant", web="https://x")


def test_lists_are_joined_as_the_language_does() -> None:
    decision = Decision("group.company", {"groups": ["a@corp.test", "b@corp.test"]})
    assert "a@corp.test, b@corp.test" in wording.say(decision, "en", web="w")
    assert "a@corp.test、b@corp.test" in wording.say(decision, "zh-Hans", web="w")


@pytest.mark.parametrize(
    ("code", "locale", "params"),
    [("no.such", "en", {}), ("size.exceeded", "fr", {"size": 1, "limit": 1}), ("size.exceeded", "en", {"size": 1})],
)
def test_what_cannot_be_said_is_an_error(code: str, locale: str, params: dict[str, int]) -> None:
    with pytest.raises(wording.NoSentence):
        wording.say(Decision(code, params), locale, web="w")


def test_a_parameter_cannot_reach_into_objects() -> None:
    assert wording._Speller("en").vformat("{a}", (), {"a": "{a.__class__}"}) == "{a.__class__}"
    with pytest.raises(KeyError):
        wording._Speller("en").vformat("{a.__class__}", (), {"a": ""})


@pytest.mark.parametrize(("size", "text"), [(25 << 20, "25 MB"), (3 << 19, "1.5 MB"), (2048, "2 KB"), (12, "12 B")])
def test_sizes(size: int, text: str) -> None:
    assert wording.spell_size(size) == text
