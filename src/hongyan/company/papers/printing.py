"""From a page to a PDF, in a child process.

Always: the child gets the page on its standard input and nothing else; it is killed when it takes longer than `SECONDS`.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import Any, Final

from hongyan.company.papers.rendering import html_of

SECONDS: Final = 60
AT_ONCE: Final = 2  #: children of one process: each takes 150 MB
_free = threading.BoundedSemaphore(AT_ONCE)


class NotPrinted(Exception):
    """The child failed; the text is its last word."""


def make_paper(kind: str, context: dict[str, Any], locale: str) -> bytes:
    """The PDF of this paper. Raises BadContext, NotPrinted."""
    return print_page(html_of(kind, context, locale))


def print_page(html: str) -> bytes:
    if not _free.acquire(timeout=SECONDS):
        raise NotPrinted(f"> {SECONDS} s")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "hongyan.company.papers.printer"], input=html.encode(), capture_output=True,
            timeout=SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NotPrinted(f"> {SECONDS} s") from None
    finally:
        _free.release()
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise NotPrinted(lines[-1] if lines else f"exit {done.returncode}")
    return done.stdout
