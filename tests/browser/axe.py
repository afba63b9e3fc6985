"""WCAG 2.0 to 2.2, A and AA, looked for by axe-core on a page as a browser shows it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

SOURCE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_RUN = """async (tags) => {
  const found = await axe.run(document, {
    runOnly: { type: "tag", values: tags }, resultTypes: ["violations"], preload: false, iframes: false });
  return found.violations.flatMap((v) => v.nodes.map((n) =>
    `${v.id} (${v.help}): ${n.html.slice(0, 160)} ${(n.any[0] ?? n.all[0] ?? n.none[0])?.message ?? ""}`));
}"""


def axe(page: Page) -> None:
    """Fails with every violation on the page: what the rule is, where, why."""
    found = violations(page)
    assert not found, f"{page.url}\n" + "\n".join(found)


def violations(page: Page) -> list[str]:
    # By evaluation, not by a script element: the page's own policy would refuse that, and rightly.
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(SOURCE)
    return [str(line) for line in page.evaluate(_RUN, TAGS)]
