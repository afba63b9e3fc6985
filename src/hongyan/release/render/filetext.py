"""A rendered file and the two tools that make one: a strict template engine and checked words.

Never: reads the clock, the environment or anything but its own templates.
Always: a name that a template does not know is an error; a path or host that an engine's syntax would misread is too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

#: Characters that mean nothing in any of the engines' languages (and no blank, quote, '$', '%', '{', '#' or ':').
_PLAIN = re.compile(r"[A-Za-z0-9/._+@~-]+")


class Unwritable(ValueError):
    """A path or name of the instance that the engines' configuration files cannot hold."""


@dataclass(frozen=True, slots=True)
class FileText:
    """One file below `live/`."""

    text: str
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"


def plain(value: object) -> str:
    """The value's text, if every engine reads it as one plain word. Raises Unwritable."""
    text = str(value)
    if not _PLAIN.fullmatch(text):
        raise Unwritable(f"not a plain word: {text!r}")
    return text


def _finalize(value: Any) -> Any:
    """Every substituted value: numbers and plain words; templates mark the rare other text with `| verbatim`."""
    return value if isinstance(value, _Verbatim) else plain(value)


class _Verbatim(str):
    """Text that its renderer has already put into the engine's syntax."""


_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=jinja2.StrictUndefined,
    finalize=_finalize,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # noqa: S701 - not HTML; `_finalize` lets only plain words through
)
_ENVIRONMENT.filters["verbatim"] = _Verbatim


def template(name: str, **values: object) -> str:
    """The template's text. Raises jinja2.UndefinedError, Unwritable."""
    return _ENVIRONMENT.get_template(name).render(**values)
