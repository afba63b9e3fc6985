"""What every page must look like: no sideways scrolling, readable contrast, named fields, one heading; in three
languages, on a desk and on a phone, by day and by night."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open, sign_in

#: Contrast of each text against the nearest painted background behind it (WCAG 2.2, 1.4.3). Pictures are skipped.
CONTRAST = """() => {
  const parse = (text) => { const [r, g, b, a] = text.match(/[\\d.]+/g).map(Number); return [r, g, b, a ?? 1]; };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    if (element.closest(".scene, script, option, .hidden-text, .skip")) continue;
    const style = getComputedStyle(element);
    let behind = element, back = [255, 255, 255, 0];
    while (behind && back[3] < 1) { back = parse(getComputedStyle(behind).backgroundColor); behind = behind.parentElement; }
    const [one, two] = [light(parse(style.color)), light(back)].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (two + 0.05);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) found.push(`${walker.currentNode.data.trim().slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return found;
}"""
UNNAMED = """() => [...document.querySelectorAll("input:not([type=hidden]):not([hidden]), select, button, a")]
  .filter((e) => e.checkVisibility() && !(e.labels?.length || e.ariaLabel || e.textContent.trim() || e.querySelector("[aria-label]")))
  .map((e) => e.outerHTML)"""
TWICE = """() => { const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  return ids.filter((id, i) => ids.indexOf(id) !== i); }"""


def look(page: Page) -> None:
    where = page.url
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, f"{where} scrolls sideways"
    assert page.evaluate(CONTRAST) == [], where
    assert page.evaluate(UNNAMED) == [], where
    assert page.evaluate(TWICE) == [], where
    assert page.locator("h1").count() == 1 and page.title(), where
    assert page.locator("main").count() == 1, where


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 820, 1280])
@pytest.mark.parametrize(
    ("locale", "login", "paths"),
    [
        (
            "zh-TW",
            "carol@corp.test",
            (
                "/mailbox",
                "/password/change",
                "/console",
                "/console/roles/of/carol@corp.test",
                "/console/roles/grant/scoped",
            ),
        ),
        ("zh-CN", "dave@corp.test", ("/mailbox", "/console/audit?verify=1")),
        ("en-GB", "charlie@other.test", ("/mailbox", "/password/change", "/console")),
    ],
)
def test_pages(open_page: Open, locale: str, login: str, paths: tuple[str, ...], width: int, dark: bool) -> None:
    page = open_page("/signin", locale=locale, width=width, dark=dark)
    look(page)
    sign_in(page, login)
    for path in paths:
        page.goto(path)
        look(page)
