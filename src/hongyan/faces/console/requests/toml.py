"""Chains and conditions as the text that the ready policies are written in, and back.

Always: `read(written(steps)) == steps` for what TOML can hold: texts, whole numbers, truths, lists, tables.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from hongyan.kernel.decision import Refusal


def inline(value: Any) -> str:
    """A value on one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case Mapping():
            parts = (f"{_key(key)} = {inline(each)}" for key, each in value.items())
            return "{ " + ", ".join(parts) + " }" if value else "{}"
        case _:
            return "[" + ", ".join(inline(each) for each in value) + "]"


def _key(key: str) -> str:
    bare = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
    return key if bare else json.dumps(key, ensure_ascii=False)


def written(steps: Sequence[Mapping[str, Any]]) -> str:
    """A chain's steps, one `[[step]]` after the other."""
    blocks = ("[[step]]\n" + "".join(f"{_key(key)} = {inline(each)}\n" for key, each in step.items()) for step in steps)
    return "\n".join(blocks)


def read(text: str) -> list[dict[str, Any]]:
    """The steps of a text; whatever they are is for the actions to check. Refuses `chain.text`."""
    try:
        found = tomllib.loads(text.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as wrong:
        raise Refusal("chain.text", problem=str(wrong)[:200]) from None
    if set(found) - {"step"}:
        raise Refusal("chain.text", problem=", ".join(sorted(set(found) - {"step"}))[:200])
    steps = found.get("step", [])
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise Refusal("chain.text", problem="[[step]]")
    return steps


def condition(text: str) -> Any:
    """One condition, written inline. Refuses `chain.text`."""
    try:
        return tomllib.loads(f"when = {text}")["when"]
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as wrong:
        raise Refusal("chain.text", problem=str(wrong)[:200]) from None
