"""Roles open no mailbox in the running mail store: neither the master's way of signing in nor acting for another works."""

from __future__ import annotations

import imaplib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.system.hands import PASSWORD, Running

ALICE, CAROL = "alice@corp.test", "carol@corp.test"
pytestmark = pytest.mark.clause("G2.1.3", "G4.2.3")


def plain(*parts: str) -> bytes:
    return "\0".join(parts).encode()


@pytest.fixture(scope="module")
def carol(world: Running) -> str:
    """The office administrator's login."""
    rows = world.run("role", "list", "--company", "corp")
    if not any((row["login"], row["role"]) == (CAROL, "office") for row in rows):
        world.run("role", "grant", CAROL, "office", "--company", "corp")
    return CAROL


def let_in(world: Running, sign_in: Callable[[imaplib.IMAP4], object]) -> bool:
    client = imaplib.IMAP4_SSL("localhost", world.ports["imaps"], ssl_context=world.tls, timeout=20)
    try:
        sign_in(client)
    except imaplib.IMAP4.error:
        return False
    finally:
        client.shutdown()
    return True


def test_an_administrator_is_no_master_of_the_mail_store(world: Running, carol: str) -> None:
    """With his own, right password: neither by the master's name (its password is a secret of the machine), nor by
    another authorization identity than his own (RFC 4616). All at once: Dovecot takes two seconds over a refusal."""
    ways: dict[str, Callable[[imaplib.IMAP4], object]] = {
        name: lambda client, name=name: client.login(name, PASSWORD)  # type: ignore[misc]
        for name in (f"{ALICE}*{carol}", f"{carol}*{ALICE}", f"{ALICE}*webmail", f"*{carol}")
    }
    ways["acting for"] = lambda client: client.authenticate("PLAIN", lambda _: plain(ALICE, carol, PASSWORD))
    ways["own"] = lambda client: client.authenticate("PLAIN", lambda _: plain("", carol, PASSWORD))
    with ThreadPoolExecutor(len(ways)) as pool:
        answers = dict(zip(ways, pool.map(lambda way: let_in(world, way), ways.values()), strict=True))
    assert answers == dict.fromkeys(ways, False) | {"own": True}


def test_the_master_s_secret_is_for_the_machine_s_own_services(world: Running) -> None:
    status = (world.instance.secrets / "webmaster.pass").stat()
    assert status.st_uid == 0 and not status.st_mode & 0o007, oct(status.st_mode)
