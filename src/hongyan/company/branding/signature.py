"""The text that people sign mail with: a template with variables from the directory.

Always: pure; a line whose variables are all empty is left out, so that nobody signs with `Phone:` and nothing after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Final

from hongyan.kernel.decision import Refusal

VARIABLES: Final = ("name", "latin_name", "post", "unit", "company", "address", "phone", "mobile", "number")
LONGEST: Final = 2000


def check(template: str) -> str:
    """As it is stored. Refuses `look.signature_long`, `look.signature_braces`, `look.variable_unknown`."""
    text = "\n".join(line.rstrip() for line in template.replace("\r\n", "\n").strip("\n").split("\n"))
    if len(text) > LONGEST:
        raise Refusal("look.signature_long", limit=LONGEST)
    for name in _variables(text):
        if name not in VARIABLES:
            raise Refusal("look.variable_unknown", variable=name[:40], known=[f"{{{known}}}" for known in VARIABLES])
    return text


def _variables(text: str) -> list[str]:
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        raise Refusal("look.signature_braces") from None
    if any(spec or conversion for _, _, spec, conversion in parts):
        raise Refusal("look.signature_braces")
    return [name for _, name, _, _ in parts if name is not None]


def render(template: str, values: Mapping[str, str]) -> str:
    """The signature of one person."""
    lines = []
    for line in template.split("\n"):
        names = _variables(line)
        if names and not any(values.get(name) for name in names):
            continue
        lines.append(
            "".join(text + (values.get(name, "") if name else "") for text, name, _, _ in Formatter().parse(line))
        )
    return "\n".join(line.rstrip() for line in lines).strip("\n")
