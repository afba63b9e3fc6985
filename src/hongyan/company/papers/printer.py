"""`python -m hongyan.company.papers.printer`: HTML on standard input, PDF on standard output.

A process of its own: WeasyPrint and the fonts take 150 MB while it works.
Never: opens what a page points to, whatever it is.
"""

from __future__ import annotations

import sys
from typing import Any, NoReturn

from weasyprint import HTML
from weasyprint.urls import URLFetcher


class _Nothing(URLFetcher):  # type: ignore[misc]
    """A page holds all that it shows."""

    def fetch(self, url: str, headers: Any = None) -> NoReturn:
        raise ValueError(f"not fetched: {url[:80]}")


def main() -> None:
    page = sys.stdin.buffer.read().decode()
    pdf = HTML(string=page, url_fetcher=_Nothing()).write_pdf(pdf_variant="pdf/a-2u")
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main()
