"""Hands for breaking an instance: its services and processes by pid, every protocol's answer to a password.

Never: touches a process of anything but the instance it was given.
"""

from __future__ import annotations

import base64
import contextlib
import http.cookiejar
import imaplib
import os
import poplib
import re
import signal
import smtplib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hongyan.engines.supervise import control
from hongyan.engines.supervise.processes import Process, find
from tests.system.hands import CHECKOUT, PASSWORD, Running, environment, eventually

PROTOCOLS = ("imap", "pop3", "smtp", "sieve", "web")
ENGINES = ("imap", "pop3", "smtp", "sieve")


# -- services ------------------------------------------------------------------------------------
def pid_of(running: Running, service: str) -> int:
    """The pid that the supervisor knows; 0 when the service does not run."""
    states = control.states(running.instance) or []
    return next((s.pid for s in states if s.name == service and s.state in ("running", "starting")), 0)


def stop(running: Running, *services: str) -> None:
    for service in services:
        control.call(running.instance, "supervisor.stopProcess", service, True)
        assert pid_of(running, service) == 0


def start(running: Running, *services: str) -> None:
    for service in services:
        control.call(running.instance, "supervisor.startProcess", service, True)
    wait_ready(running)


@contextlib.contextmanager
def stopped(running: Running, *services: str) -> Iterator[None]:
    """The services are away within the block, and everything answers again after it."""
    stop(running, *services)
    try:
        yield
    finally:
        start(running, *services)


def is_ready(running: Running) -> bool:
    from hongyan.engines.supervise.readiness import report_on

    return report_on(running.instance).ready


def let_tables_be_noticed() -> None:
    """Dovecot looks at a passwd-file's time once a second."""
    time.sleep(1.2)


def wait_ready(running: Running, seconds: float = 40) -> float:
    """Wait until every service answers; how long it took."""
    since = time.monotonic()
    eventually(lambda: is_ready(running), seconds, "all services answering")
    return time.monotonic() - since


def processes(running: Running, command: str) -> list[Process]:
    """The instance's processes of that name (as in /proc/PID/comm)."""
    return [process for process in find(running.root) if process.command == command]


def kill(pid: int) -> None:
    """End it as a crash would; when this returns it is dead and its ports and files are closed."""
    if pid <= 0:  # between two lives; and kill(2) means a whole process group by 0
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: _is_dead(pid), 20, f"the end of process {pid}")


def _is_dead(pid: int) -> bool:
    """Gone, or a zombie that its parent has not fetched yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


# -- the company's rows, in a process of their own -------------------------------------------------
def rows(running: Running, script: str) -> str:
    """Run a script with Django set up on the instance's database; what it printed."""
    prelude = (
        "import os, django\nos.environ['DJANGO_SETTINGS_MODULE'] = 'hongyan.faces.settings'\ndjango.setup()\n"
        "from hongyan.kernel.actor import command_line\nactor = command_line('test')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", prelude + script],
        env=environment() | {"HONGYAN_DIR": str(running.root), "PYTHONPATH": str(CHECKOUT / "src")},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip()


_STAFF = """
from django.contrib.auth.hashers import make_password
from hongyan.company.mailboxes.actions import NewMailbox, open_mailboxes
from hongyan.company.people.actions import add_company, add_domain
hashed = make_password(%r)
for slug, name, domain, locale, people in (
    ("corp", "北辰集團", "corp.test", "zh-Hant", %r), ("other", "Other Ltd", "other.test", "en", ("charlie",)),
):
    company = add_company(actor=actor, slug=slug, name=name, locale=locale)
    add_domain(actor=actor, company=company, name=domain)
    new = [NewMailbox(f"{who}@{domain}", password_hash=hashed) for who in people]
    open_mailboxes(actor=actor, company=company, new=new)
"""


def settle_in(running: Running, *more: str) -> None:
    """The cast's companies and mailboxes (and `more` of corp.test) with everybody's PASSWORD, in one go."""
    rows(running, _STAFF % (PASSWORD, ("alice", "bob", "carol", "dave", *more)))
    wait_published(running)


def wait_published(running: Running, seconds: float = 15) -> None:
    look = "from hongyan.kernel.models import Outbox\nprint(Outbox.objects.filter(done_at=None).count())"
    eventually(lambda: rows(running, look) == "0", seconds, "an empty outbox")


# -- protocols -----------------------------------------------------------------------------------
def refusal(running: Running, protocol: str, address: str, password: str = PASSWORD) -> str:
    """What the server answers when it does not let somebody in; empty when it does."""
    return _ATTEMPTS[protocol](running, address, password)


def refusals(running: Running, address: str, password: str, protocols: tuple[str, ...] = PROTOCOLS) -> dict[str, str]:
    """All at once: Dovecot takes two seconds over each refusal."""
    with ThreadPoolExecutor(len(protocols)) as pool:
        answers = pool.map(lambda protocol: refusal(running, protocol, address, password), protocols)
        return dict(zip(protocols, answers, strict=True))


def _imap(running: Running, address: str, password: str) -> str:
    client = imaplib.IMAP4("localhost", running.ports["imap"], timeout=20)
    try:
        client.starttls(running.tls)
        client.login(address, password)
    except imaplib.IMAP4.error as error:
        return str(error) or "NO"
    finally:
        client.shutdown()
    return ""


def _pop3(running: Running, address: str, password: str) -> str:
    client = poplib.POP3_SSL("localhost", running.ports["pop3s"], context=running.tls, timeout=20)
    try:
        client.user(address)
        client.pass_(password)
    except poplib.error_proto as error:
        return str(error)
    finally:
        client.close()
    return ""


def _smtp(running: Running, address: str, password: str) -> str:
    client = smtplib.SMTP("localhost", running.ports["submission"], timeout=30)
    try:
        client.starttls(context=running.tls)
        client.login(address, password)
    except smtplib.SMTPAuthenticationError as error:
        return str(error)
    finally:
        client.close()
    return ""


def _sieve(running: Running, address: str, password: str) -> str:
    """RFC 5804: greeting, STARTTLS, AUTHENTICATE."""
    with socket.create_connection(("localhost", running.ports["sieve"]), timeout=20) as plain:
        lines = plain.makefile("rb")
        _until_answer(lines.readline)
        plain.sendall(b"STARTTLS\r\n")
        _until_answer(lines.readline)
        with running.tls.wrap_socket(plain, server_hostname="localhost") as secure:
            lines = secure.makefile("rb")
            _until_answer(lines.readline)
            token = base64.b64encode(f"\0{address}\0{password}".encode()).decode()
            secure.sendall(f'AUTHENTICATE "PLAIN" "{token}"\r\n'.encode())
            answer = _until_answer(lines.readline)
    return "" if answer.startswith("OK") else answer


def _until_answer(readline: Callable[[], bytes]) -> str:
    while line := readline().decode("utf-8", "replace"):
        if line.startswith(("OK", "NO", "BYE")):
            return line.strip()
    return "closed"


def _web(running: Running, address: str, password: str) -> str:
    browser = Browser(running)
    return "" if browser.sign_in(address, password) else "refused"


_ATTEMPTS = {"imap": _imap, "pop3": _pop3, "smtp": _smtp, "sieve": _sieve, "web": _web}


class Browser:
    """Just enough of one: cookies, forms, no redirects of its own."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
            urllib.request.HTTPSHandler(context=running.tls),
        )

    def get(self, path: str) -> tuple[str, str]:
        """(path arrived at, text)"""
        return self._open(urllib.request.Request(self.running.instance.web_url + path))

    def post(self, path: str, form: str, **fields: str) -> tuple[str, str]:
        """Send the form of the page `form` to `path`."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(form)[1])
        assert token, f"{form} has no form"
        data = urllib.parse.urlencode(fields | {"csrfmiddlewaretoken": token[1]}).encode()
        origin = self.running.instance.web_url
        request = urllib.request.Request(origin + path, data, {"Origin": origin, "Referer": origin + form})
        return self._open(request)

    def sign_in(self, address: str, password: str) -> bool:
        return self.post("/signin", "/signin", login=address, password=password)[0] != "/signin"

    def _open(self, request: urllib.request.Request) -> tuple[str, str]:
        try:
            with self._opener.open(request, timeout=30) as answer:
                return urllib.parse.urlsplit(answer.url).path, answer.read().decode()
        except urllib.error.HTTPError as error:
            return urllib.parse.urlsplit(error.url or "").path, error.read().decode()


class Idle:
    """A session in IDLE (RFC 2177), used as a context."""

    def __init__(self, running: Running, address: str, password: str = PASSWORD) -> None:
        self._client = running.imap(address, password)
        self._client.select("INBOX")
        self._client.send(b"i1 IDLE\r\n")
        while not (line := self._client.readline()).startswith(b"+"):
            assert line, "no answer to IDLE"

    def __enter__(self) -> Idle:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.shutdown()

    def ended_within(self, seconds: float) -> bool:
        """Whether the server closes the session within that time."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._client.sock.settimeout(left)
            try:
                if not self._client.readline():
                    return True
            except TimeoutError:
                return False
            except OSError:
                return True
        return False


def dead_letters(root: Path) -> list[Path]:
    """What a half-made instance would leave beside its directory."""
    return [path for path in root.parent.iterdir() if path.name.startswith(f".{root.name}")]
