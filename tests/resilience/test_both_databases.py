"""SQLite and PostgreSQL alike: an instance works, and a hundred at once for one address give one mailbox."""

from __future__ import annotations

import json
import subprocess
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.postgresql import PROGRAMS, cluster
from tests.resilience import hands
from tests.system.hands import CHECKOUT, Running, environment, eventually, running_instance

COMMANDS, THREADS = 20, 80

_RACE = """
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from django.db import connections
from hongyan.company.mailboxes.actions import NewMailbox, open_mailbox
from hongyan.company.people.queries import find_company
from hongyan.kernel.decision import Refusal
company = find_company("corp")

def race(number):
    try:
        open_mailbox(actor=actor, company=company, new=NewMailbox({address!r}))
        return "opened"
    except Refusal as refusal:
        return refusal.code
    finally:
        connections.close_all()

with ThreadPoolExecutor({threads}) as pool:
    print(json.dumps(Counter(pool.map(race, range({threads})))))
"""

_LEFT = """
import json
from hongyan.company.mailboxes.models import Claim, Mailbox
from hongyan.company.people.models import Account
from hongyan.kernel.models import Event, Outbox
address = {address!r}
print(json.dumps({{
    "mailboxes": Mailbox.objects.filter(address=address).count(),
    "claims": Claim.objects.filter(address=address).count(),
    "accounts": Account.objects.filter(login=address).count(),
    "events": Event.objects.filter(kind="mailbox.opened", subject=address).count(),
    "prepared": sum(address in o.payload["addresses"] for o in Outbox.objects.filter(kind="prepare")),
}}))
"""


@pytest.fixture(scope="module")
def on_postgresql() -> Iterator[Running]:
    if not list(PROGRAMS.glob("*/bin")):
        pytest.skip("PostgreSQL is not installed")
    with cluster() as url, running_instance("--database", url, name="p") as running:
        hands.settle_in(running)
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest) -> Running:
    running: Running = request.getfixturevalue("house" if request.param == "sqlite" else "on_postgresql")
    return running


def test_an_instance_works(either: Running) -> None:
    """Up, company, mailbox, mail, sign-in at the web, suspension, audit: over the one database as over the other."""
    address = f"w{time.time_ns()}@corp.test"
    either.open(address)
    hands.let_tables_be_noticed()
    either.send(address, "bob@corp.test", subject=address)
    either.found("bob@corp.test", address)
    assert hands.Browser(either).sign_in(address, "Harbour-Lantern-2291")
    either.run("mailbox", "suspend", address)
    assert hands.refusal(either, "web", address)
    eventually(lambda: either.run("audit", "list", "--company", "corp", "--kind", "mail.sent", "--subject", address))
    assert either.run("audit", "verify")["intact"]
    assert either.run("release", "drift")["drift"] is False


def test_a_hundred_at_once_for_one_address(either: Running) -> None:
    """Commands and threads, all at the same time: one opens it, each other one is told that it is taken."""
    address = f"race{time.time_ns()}@corp.test"
    command = [str(CHECKOUT / "hongyan"), "mailbox", "open", address, "--json", "--dir", str(either.root)]
    commands = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(), text=True)
        for _ in range(COMMANDS)
    ]
    outcomes = Counter(json.loads(hands.rows(either, _RACE.format(address=address, threads=THREADS))))
    for started in commands:
        document = json.loads(started.communicate(timeout=120)[0])
        outcomes[document["error"]["code"] if "error" in document else "opened"] += 1
        assert started.returncode == (1 if "error" in document else 0)
    assert outcomes == {"opened": 1, "address.taken": COMMANDS + THREADS - 1}
    left = json.loads(hands.rows(either, _LEFT.format(address=address)))
    assert set(left.values()) == {1}, left
    assert either.run("audit", "verify")["intact"]
    hands.wait_published(either)
    assert either.run("release", "drift")["drift"] is False


_CUT = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL")
    print(cursor.rowcount)
"""


def test_services_come_back_after_the_database_cut_their_connections(on_postgresql: Running) -> None:
    assert int(hands.rows(on_postgresql, _CUT)) >= 2
    address = f"cut{time.time_ns()}@corp.test"
    on_postgresql.open(address)
    hands.let_tables_be_noticed()
    assert hands.refusal(on_postgresql, "imap", address) == ""
    assert hands.refusal(on_postgresql, "web", address) == ""
    eventually(
        lambda: on_postgresql.run("audit", "list", "--company", "corp", "--kind", "signin.ok", "--subject", address)
    )


def test_the_settings_with_a_password_in_them_are_not_for_everybody(on_postgresql: Running) -> None:
    assert (on_postgresql.root / "instance.toml").stat().st_mode & 0o007 == 0
