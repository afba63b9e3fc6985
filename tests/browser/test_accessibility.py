"""Every page of the portal and the console, found in the table of addresses, holds WCAG 2.2 AA: on a desk and on a
phone, by day and by night. A page that is new is visited without anybody thinking of it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import URLPattern
from playwright.sync_api import Browser, BrowserContext, Page

from hongyan.engines import queue
from hongyan.faces.urls import urlpatterns
from tests.browser.axe import violations
from tests.browser.conftest import Server, Site, environment, sign_in
from tests.engines.desk.test_queue import entry

#: What stands in an address, for the cast of `seed.py`.
ARGUMENTS: dict[str, Any] = {
    "address": "alice@corp.test", "account_id": 1, "company": "corp", "domain": "corp.test", "identifier": "AAAAAA1",
    "locale": "zh-Hant", "login": "carol@corp.test", "notice": "quota", "number": 2, "person_id": 1, "post_id": 1,
    "program": "thunderbird", "role": "office", "slot": "logo", "unit_id": 1, "what": "quota",
}  # fmt: skip
#: By the page's own name where the general argument would name nothing.
SPECIAL: dict[str, dict[str, Any]] = {
    "console-domain": {"name": "corp.test"},
    "console-group": {"address": "axe-all@other.test?company=other"},
    "console-alias": {"address": "axe-al@other.test?company=other"},
    "request-fill": {"form": "shared"},
    "request-many": {"form": "intern"},
    "console-form": {"form": "personal"},
    "console-chain": {"name": "head"},
}
#: Made in Charlie's company, where no other test counts: a mailbox that he keeps, a group, an alias, a request that waits for
#: him, whose primary key is printed.
FURNITURE = """
import django; django.setup()
from hongyan.company.mailboxes import routing
from hongyan.company.mailboxes.actions import NewMailbox, open_mailbox
from hongyan.company.people.actions import add_person
from hongyan.company.people.models import Company, Person
from hongyan.company.requests import actions as requests
from hongyan.kernel.actor import command_line
actor, other = command_line("test"), Company.objects.get(slug="other")
charlie = Person.objects.get(company=other, number="1")
open_mailbox(actor=actor, company=other, new=NewMailbox("axe@other.test", kind="shared", keeper=charlie))
routing.add_group(actor=actor, company=other, address="axe-all@other.test", members=["charlie@other.test"], who="members")
routing.add_alias(actor=actor, company=other, address="axe-al@other.test", target="charlie@other.test")
from datetime import date
from hongyan.company.people.actions import add_unit, appoint
from hongyan.company.reading.actions import publish_edition
appoint(actor=actor, person=charlie, unit=add_unit(actor=actor, company=other, path="Axe"), head=True)
for company in (other, Company.objects.get(slug="corp")):
    for n in (1, 2):
        publish_edition(
            actor=actor, company=company, titles={"en": f"Policy {n}"}, texts={"en": "# One\\n1、two\\n\\nThree."},
            effective_on=date(2026, 11, n), note="new",
        )
from hongyan.company.leaving.actions import begin
from hongyan.kernel import clock
for n in (1, 2):
    begin(actor=actor, person=add_person(actor=actor, company=other, name=f"Leaver {n}"), kind="scheduled", last_day=clock.today())
dora = add_person(actor=actor, company=other, name="Dora")
fields = {"address": "dora@other.test", "reason": "She is new"}
print(requests.file_request(actor=actor, company=other, form="personal", fields=fields, for_person=dora).pk)
"""
#: Addresses that answer 404 here, since the seed holds no such thing; a test of their own room looks at them.
ABSENT = frozenset((
    "bulk-run", "bulk-answers", "import", "import-show", "webhook", "token",
    "look-picture", "look-sheet", "branding-picture", "console-domain-do", "console-alias-change",
    "console-alias-remove", "console-group-do", "request-paper", "approve-step",
    "leaving-archive", "leaving-paper", "look", "look-folder", "look-message", "paper", "profile", "staff-task", "staff-report", "staff-source",
))  # fmt: skip
#: Before somebody signs in, or with a link that is used up by looking; `test_looks.py` and `test_walks.py` visit them.
OUTSIDE = frozenset(("home", "signin", "link", "activate", "activate-check", "device-revoke"))
#: Desk and phone, day and night: each page in two views that have nothing in common, its neighbour in the other two.
VIEWS = (
    (("desk by day", 1280, "light"), ("phone by night", 390, "dark")),
    (("desk by night", 1280, "dark"), ("phone by day", 390, "light")),
)


def addresses() -> list[tuple[str, str]]:
    """(name, path) of everything below the portal and the console that can be asked for."""
    found = []
    for pattern in urlpatterns:
        if not isinstance(pattern, URLPattern) or pattern.name in OUTSIDE | ABSENT:
            continue
        wanted = pattern.pattern.converters
        arguments = ARGUMENTS | SPECIAL.get(pattern.name or "", {})
        if set(wanted) <= set(arguments):
            path = str(pattern.pattern)
            for name in wanted:
                start = path.index("<")
                path = path[:start] + str(arguments[name]) + path[path.index(">") + 1 :]
            found.append((pattern.name or "", f"/{path}"))
    return found


@pytest.fixture(scope="module")
def furnished(server: Server, site: Site) -> Site:
    """Something in every room: mail that waits, two releases with their difference, logs, figures."""
    settings = environment(server.root) | {"DJANGO_SETTINGS_MODULE": "hongyan.faces.settings"}
    made = subprocess.run(
        [sys.executable, "-P", "-c", FURNITURE], cwd=server.root, env=settings, check=True, capture_output=True
    )
    for name in ("request", "request-print", "console-request"):
        SPECIAL[name] = {"number": int(made.stdout)}
    state = server.root / "state"
    (state / "desk").mkdir(exist_ok=True)
    (server.root / "log").mkdir(exist_ok=True)
    (server.root / "log" / "postfix.log").write_text("Nov 24 12:00:00 vm postfix/qmgr[1]: AAAAAA1: removed\n" * 80)
    lines = [entry("AAAAAA1", "alice@corp.test", "far@away.test"), entry("BBBBBB2", "", "bob@corp.test")]
    (state / "desk" / queue.LISTING).write_text("\n".join(lines) + "\n")
    (state / "desk" / "difference-1-2.json").write_text(json.dumps({
        "old": 1, "new": 2, "files": {"tables/gate": "changed", "etc/masters": "added"}, "addresses": 1,
        "changes": [{"address": "bob@corp.test", "code": "difference.state", "params": {"before": "active", "after": "suspended"}}],
        "lines": {"tables/gate": ["@@ -1 +1 @@", "-bob@corp.test\tactive", "+bob@corp.test\tsuspended"]},
    }))  # fmt: skip
    now = datetime.now(UTC)
    for number in (1, 2):
        (server.root / "releases" / str(number)).mkdir()
        (server.root / "releases" / str(number) / "manifest.json").write_text(json.dumps({
            "number": number, "at": now.isoformat(), "base": number - 1, "cause": "changes",
            "addresses": ["bob@corp.test"], "files": {},
        }))  # fmt: skip
    (server.root / "live" / "RELEASE").write_text("1\n")
    services = [{"name": "dovecot", "state": "running", "pid": 7}, {"name": "gate", "state": "fatal", "pid": 0}]
    (state / "health.json").write_text(json.dumps({
        "at": (now + timedelta(hours=1)).isoformat(), "release": 1, "queue": 2, "signatures": "absent",
        "disk_free_mb": 9999, "services": services,
    }))  # fmt: skip
    with closing(sqlite3.connect(server.root / "db" / "hongyan.sqlite3")) as database, database:
        database.execute(
            "INSERT INTO usage_mailhour (company, hour, sent, received, refused, deferred) VALUES ('corp', ?, 9, 8, 7, 6)",
            (f"{now:%Y-%m-%d %H}:00:00",),
        )
    return site


@pytest.fixture(scope="module")
def contexts(chromium: Browser, furnished: Site) -> Iterator[dict[str, BrowserContext]]:
    """Signed in: the machine's operator, who sees every room, and Charlie, who has a mailbox and keeps another one."""
    made = {}
    for who, locale in (("operator", "zh-TW"), ("charlie", "en-GB")):
        # Without motion: a colour that is on its way to another one is measured on its way.
        made[who] = chromium.new_context(
            base_url=furnished.url, locale=locale, ignore_https_errors=True, reduced_motion="reduce"
        )
        page = made[who].new_page()
        if who == "operator":
            page.goto(f"/link/{furnished.second}")
            page.locator("form button.wide").click()
            page.wait_for_url("**/console**")
        else:
            page.goto("/signin")
            sign_in(page, "charlie@other.test")
        page.close()
    yield made
    for context in made.values():
        context.close()


@pytest.fixture(scope="module")
def pages(contexts: dict[str, BrowserContext]) -> dict[str, str]:
    """path -> who looks at it, of all addresses that answer with a page."""
    found, wrong = {}, []
    for name, path in addresses():
        who = "operator" if path.startswith("/console") else "charlie"
        answer = contexts[who].request.get(path, max_redirects=0)
        if answer.status == 405 or 300 <= answer.status < 400:
            continue  # only a form's target, or a way somewhere else
        if answer.status != 200:
            wrong.append(f"{name}: {path} answers {answer.status}")
        elif "<!doctype html>" in answer.text()[:200].lower():
            found[path] = who
    assert not wrong, f"name them in ABSENT or give them ARGUMENTS: {wrong}"
    return found


def test_the_rooms_are_among_the_pages_that_are_visited(pages: dict[str, str]) -> None:
    assert set(pages) >= {
        "/mailbox", "/mailbox/kept", "/password/change", "/console", "/console/people", "/console/mailboxes", "/console/queue",
        "/console/queue/AAAAAA1", "/console/services", "/console/logs", "/console/releases", "/console/releases/2",
        "/console/audit", "/console/notices", "/console/notices/quota/zh-Hant",
    }  # fmt: skip


def test_every_page_is_for_everybody(pages: dict[str, str], contexts: dict[str, BrowserContext]) -> None:
    found: list[str] = []
    for who, context in contexts.items():
        page = context.new_page()
        for number, path in enumerate(path for path, visitor in sorted(pages.items()) if visitor == who):
            found += wrong(page, path, VIEWS[number % 2])
        page.close()
    assert not found, "\n".join(found)


def wrong(page: Page, path: str, views: Sequence[tuple[str, int, str]]) -> list[str]:
    """The page in these views, without loading it anew: sizes and colours are the style sheet's to change."""
    found = []
    page.goto(path)
    for view, width, scheme in views:
        page.set_viewport_size({"width": width, "height": 860})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found += [f"{path}, {view}: {line}" for line in violations(page)]
        if page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
            found.append(f"{path}, {view}: scrolls sideways")
    return found
