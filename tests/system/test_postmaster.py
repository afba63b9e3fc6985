"""postmaster@ and abuse@ of every domain are answered from the first day (RFC 5321 4.5.1, RFC 2142), by real engines."""

from __future__ import annotations

import pytest

from tests.system.hands import PASSWORD, Running, answer, eventually, message


@pytest.mark.clause("R3")
def test_mail_for_the_postmaster_is_taken_kept_and_read(world: Running) -> None:
    world.run("company", "add", "fresh", "--name", "Fresh Ltd", "--locale", "en")
    world.run("domain", "add", "fresh.test", "--company", "fresh")
    # Nobody is there yet: it is kept.
    assert world.arrive("postmaster@fresh.test", subject="first-day")[0] == 250
    assert world.arrive("Abuse@FRESH.test", subject="first-abuse")[0] == 250
    kept = world.instance.mail / "fresh.test" / "postmaster"
    eventually(lambda: len(list(kept.rglob("u.*")) + list(kept.rglob("*,S=*"))) >= 2, 15, "two kept messages")
    # From now on the company says who reads it.
    world.open("grace@fresh.test")
    changed = world.run("company", "set", "fresh", "--postmaster", "grace@fresh.test")
    assert changed["changed"]["postmaster"]["after"] == ["grace@fresh.test"]
    assert world.arrive("abuse@fresh.test", subject="second-day")[0] == 250
    assert world.found("grace@fresh.test", "second-day", seconds=20)
    # Whoever opens a shared mailbox of that name finds what was kept.
    world.run("mailbox", "open", "postmaster@fresh.test", "--kind", "shared", "--keeper", _person(world))
    with world.reading("keeper@fresh.test") as client:
        eventually(lambda: "postmaster" in str(client.list()), 10, "the shared folder")


def _person(world: Running) -> str:
    """Grace becomes a person of her company, with her mailbox, so that she can keep another one."""
    person = str(world.run("person", "add", "--company", "fresh", "--name", "Grace Hopper")["id"])
    world.run("mailbox", "open", "keeper@fresh.test", "--person", person, "--password-stdin", stdin=PASSWORD + "\n")
    return person


def test_a_bare_postmaster_is_the_hosts(world: Running) -> None:
    text = message("writer@outside.test", "postmaster@corp.test", subject="bare")
    with world.mx() as client:
        code, _ = answer(client, "writer@outside.test", ["PostMaster"], text.as_bytes().replace(b"\n", b"\r\n"))
    assert code == 250
