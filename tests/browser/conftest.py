"""A real web server over TLS with the cast in it, and a real Chromium that visits it."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.cast import PASSWORD

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
ROOT = Path(__file__).parent.parent.parent
#: How long something may take to show, in milliseconds, on a machine that does much else: only a failure waits that long.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


@dataclass(frozen=True, slots=True)
class Site:
    url: str
    first: str  #: Eve's first password
    activate: str  #: token of Fan's activation link
    link: str  #: token of the operator's one-time link
    second: str  #: another one, for the accessibility tests


@dataclass(frozen=True, slots=True)
class Server:
    root: Path
    port: int
    made: str  #: what the seed printed

    def start(self) -> subprocess.Popen[bytes]:
        with (self.root / "web.log").open("a") as log:
            server = subprocess.Popen(
                [sys.executable, "-P", "-m", "hongyan.faces.web"], cwd=self.root, env=environment(self.root),
                stdout=log, stderr=log,
            )  # fmt: skip
        wait_for(self.port)
        return server


def environment(root: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "HONGYAN_DIR": str(root)}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Server:
    root, port = tmp_path_factory.mktemp("site"), free_port()
    seed = [sys.executable, "-P", "-m", "tests.browser.seed", str(root), str(port)]
    made = subprocess.run(seed, cwd=ROOT, env=environment(root), capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return Server(root, port, made.stdout)


@pytest.fixture(scope="session")
def site(server: Server) -> Iterator[Site]:
    process = server.start()
    yield Site(f"https://localhost:{server.port}", **json.loads(server.made))
    process.terminate()
    process.wait(15)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def wait_for(port: int) -> None:
    until = time.monotonic() + 30
    while not listens(port):
        assert time.monotonic() < until, "the web server does not listen"
        time.sleep(0.1)


def listens(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


Open = Callable[..., Page]


def is_error(message: ConsoleMessage) -> bool:
    """A refused form (422) and a dead link (410) are answers, not failures of a page."""
    return message.type == "error" and not re.search(r"status of (422|410)", message.text)


@pytest.fixture
def open_page(chromium: Browser, site: Site) -> Iterator[Open]:
    """`open_page("/signin", locale="zh-TW", width=390)`. Any error in a page's console fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_it(path: str, *, locale: str = "en-GB", width: int = 1280, dark: bool = False) -> Page:
        context = chromium.new_context(
            base_url=site.url, locale=locale, ignore_https_errors=True, viewport={"width": width, "height": 860},
            color_scheme="dark" if dark else "light", permissions=["clipboard-read", "clipboard-write"],
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if is_error(message) else None)
        page.goto(path)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert errors == []


def sign_in(page: Page, login: str, password: str = PASSWORD) -> None:
    page.fill("#login", login)
    page.fill("#password", password)
    page.press("#password", "Enter")
    page.wait_for_url(lambda url: "/signin" not in url)
