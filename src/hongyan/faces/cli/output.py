"""What a command says: one JSON document or text for people on stdout, progress and errors on stderr.

Always: with --json, stdout holds exactly one JSON document. Sentences are made here, at the last moment, in the
reader's language (HONGYAN_LOCALE, else LANG, else English).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TextIO

from hongyan.kernel.decision import Decision
from hongyan.kernel.wording import say

Document = Mapping[str, Any] | Sequence[Any]


def reader_locale(environment: Mapping[str, str] = os.environ) -> str:
    """zh-Hant, zh-Hans or en, from HONGYAN_LOCALE or the POSIX variables (in their order of precedence)."""
    own = environment.get("HONGYAN_LOCALE", "")
    if own in ("zh-Hant", "zh-Hans", "en"):
        return own
    name = next((v for k in ("LC_ALL", "LC_MESSAGES", "LANG") if (v := environment.get(k))), "")
    if name.startswith(("zh_TW", "zh_HK", "zh_MO", "zh_Hant")):
        return "zh-Hant"
    return "zh-Hans" if name.startswith("zh") else "en"


def table(rows: Sequence[Sequence[str]], *, indent: str = "") -> str:
    """Columns aligned by display width, so that Chinese text lines up."""
    widths = [max(display_width(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    lines = []
    for row in rows:
        cells = (cell + " " * (width - display_width(cell)) for cell, width in zip(row, widths, strict=True))
        lines.append((indent + "  ".join(cells)).rstrip())
    return "\n".join(lines)


def display_width(text: str) -> int:
    return sum(2 if "\u1100" <= c <= "\uffef" and not "\u2010" <= c <= "\u2e7f" else 1 for c in text)


class Output:
    def __init__(
        self, *, json_mode: bool, locale: str, stdout: TextIO | None = None, stderr: TextIO | None = None
    ) -> None:
        self.json_mode = json_mode
        self.locale = locale
        self._stdout = stdout or sys.stdout
        self._stderr = stderr or sys.stderr

    def result(self, document: Document, human: str | Callable[[], str]) -> None:
        """The command's answer: `document` with --json, else the text."""
        if self.json_mode:
            text = json.dumps(document, ensure_ascii=False, default=str)
        else:
            text = human if isinstance(human, str) else human()
        if text:
            print(text, file=self._stdout, flush=True)

    def progress(self, text: str) -> None:
        print(text, file=self._stderr, flush=True)

    def say(self, code: str, **params: Any) -> str:
        """A sentence in the reader's language."""
        return say(Decision(code, params), self.locale)

    def tell(self, decision: Decision) -> str:
        return say(decision, self.locale)

    def error(self, decision: Decision, reasons: Sequence[Decision] = ()) -> None:
        """A refusal, with all that is wrong at once where the refusal brought it."""
        message = self.tell(decision)
        print(
            "\n".join([f"hongyan: {message}", *(f"  - {self.tell(r)}" for r in reasons)]), file=self._stderr, flush=True
        )
        more = {"clause": decision.clause} if decision.clause else {}
        self._error_document(decision.code, message, more, [{"code": r.code, "message": self.tell(r)} for r in reasons])

    def usage(self, message: str) -> None:
        """Wrong arguments: argparse's own words."""
        print(message, file=self._stderr, flush=True)
        self._error_document("usage", message.splitlines()[-1], {}, [])

    def _error_document(self, code: str, message: str, more: dict[str, str], reasons: list[dict[str, str]]) -> None:
        if self.json_mode:
            error = {"code": code, "message": message, **more} | ({"reasons": reasons} if reasons else {})
            print(json.dumps({"error": error}, ensure_ascii=False), file=self._stdout, flush=True)
