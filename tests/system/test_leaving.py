"""Leaving with the real engines: a dismissal with a live session, what becomes of every message, and a return."""

from __future__ import annotations

import hashlib
import json
import mailbox
import shutil
import subprocess
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.resilience.hands import refusals, rows, wait_published
from tests.system.hands import PASSWORD, Failed, Running, eventually

LARA, HEIR, ROSA, MONA = "lara@corp.test", "hans@corp.test", "rosa@corp.test", "mona@corp.test"
_OVER = """
from datetime import timedelta
from hongyan.kernel import clock
from hongyan.company.leaving import steps
from hongyan.company.leaving.models import Leaving
Leaving.objects.filter(pk=%d).update(retain_until=clock.today() - timedelta(days=1))
steps.move_due()
"""


@pytest.fixture(scope="module")
def staff(world: Running) -> Running:
    for address in (LARA, HEIR, ROSA):
        person = world.run("person", "add", "--company", "corp", "--name", address.partition("@")[0].title())
        world.open(address, "--person", str(person["id"]))
    keeper = world.run("mailbox", "open", "desk-of-lara@corp.test", "--kind", "shared")
    assert keeper["kind"] == "shared"
    world.run("mailbox", "keeper", "desk-of-lara@corp.test", LARA)
    wait_published(world)
    return world


def steps_of(document: dict[str, Any]) -> dict[str, str]:
    return {step["step"]: step["state"] for step in document["steps"]}


def wait_for(world: Running, number: int, step: str, state: str = "done") -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        document: dict[str, Any] = world.run("leaving", "show", str(number))
        return document if steps_of(document)[step] == state else None

    return eventually(look, 30, f"{step} {state}")


@pytest.mark.clause("R2", "G3.2.1", "G3.2.2", "B4.8")
def test_a_dismissal_at_ten_with_a_live_session(staff: Running) -> None:
    world, accepted = staff, [f"lara-{n}" for n in range(3)]
    assert world.arrive(LARA, subject=accepted[0])[0] == 250  # before
    world.found(LARA, accepted[0])
    session, closed = world.imap(LARA), list[float]()
    session.select("INBOX")

    def watch() -> None:
        session.socket().settimeout(30)
        try:
            while session.socket().recv(4096):
                pass
        except OSError:
            pass
        closed.append(time.time())

    watching = threading.Thread(target=watch)
    watching.start()
    begun = world.run("leaving", "begin", LARA, "--kind", "immediate", "--reason", "令 12")
    assert world.arrive(LARA, subject=accepted[1])[0] == 250  # during
    watching.join(30)
    session.shutdown()
    assert closed and closed[0] - datetime.fromisoformat(begun["effective_at"]).timestamp() < 2.0
    said = refusals(world, LARA, PASSWORD)
    assert all(said.values()), said

    number = begun["id"]
    document = wait_for(world, number, "rules")
    assert document["state"] == "running"
    assert {name for name, state in steps_of(document).items() if state == "blocked"} == {"keepers", "forward"}
    world.run("mailbox", "keeper", "desk-of-lara@corp.test", HEIR)
    world.run("leaving", "successor", str(number), HEIR)
    wait_published(world)
    world.send("bob@corp.test", LARA, subject=accepted[2])  # after
    assert b"lara" in world.found(HEIR, accepted[2]).lower()
    assert HEIR.encode() in world.found("bob@corp.test", accepted[2])  # the automatic answer names the successor
    document = world.run("leaving", "tick", str(number), "handover")
    assert document["state"] == "retained" and document["steps"][11]["detail"]["paper"].startswith("HC-")

    export = _exported(world, number)
    _agrees(world, export, accepted)
    _deleted(world, number)


def _exported(world: Running, number: int) -> dict[str, Any]:
    rows(world, _OVER % number)
    document = wait_for(world, number, "export")
    export: dict[str, Any] = document["exports"][0]
    return export


def _agrees(world: Running, export: dict[str, Any], accepted: list[str]) -> None:
    """The archive is what it says, and others read it: Python's mailbox module, and Dovecot itself."""
    path = world.root / "exports" / export["file"]
    assert path.stat().st_mode & 0o077 == 0  # root's alone: nobody reads mail by the way
    assert hashlib.sha256(path.read_bytes()).hexdigest() == export["sha256"]
    place = Path("/var/tmp") / f"read-back-{path.name}"  # where vmail may read
    place.mkdir(mode=0o755)
    try:
        subprocess.run(["tar", "-xzf", str(path), "-C", str(place)], check=True, timeout=60)
        manifest = (place / "manifest.json").read_bytes()
        assert hashlib.sha256(manifest).hexdigest() == export["manifest_sha256"]
        subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=place, check=True, timeout=60)
        box = mailbox.Maildir(place / "Maildir", create=False)
        assert sorted(str(message["subject"]) for message in box) == accepted
        told = json.loads(manifest)["messages"]
        assert len(told) == export["messages"] == len(accepted)
        raw = {hashlib.sha256((place / m["path"]).read_bytes().replace(b"\n", b"\r\n")).hexdigest() for m in told}
        assert raw == {m["sha256"] for m in told}
        subprocess.run(["chown", "-R", "vmail", str(place)], check=True, timeout=60)
        conf = str(world.instance.live / "etc/dovecot.conf")
        doveadm = ["doveadm", "-c", conf, "import", "-u", HEIR, f"maildir:{place / 'Maildir'}", "From-Lara", "all"]
        subprocess.run(doveadm, check=True, timeout=60, capture_output=True)
        assert world.subjects(HEIR, "lara-", "From-Lara/INBOX") == len(accepted)
    finally:
        shutil.rmtree(place)


def _deleted(world: Running, number: int) -> None:
    home = world.root / "mail" / "corp.test" / "lara"
    assert home.is_dir()
    world.run("leaving", "hold", str(number), "--reason", "court")
    with pytest.raises(Failed) as held:
        world.run("leaving", "finish", str(number), "--reason", "due")
    assert held.value.error["code"] == "leaving.held" and home.is_dir()
    world.run("leaving", "release", str(number), "--reason", "settled")
    world.run("leaving", "finish", str(number), "--reason", "due")
    document = wait_for(world, number, "ending")
    assert document["state"] == "done" and document["steps"][-1]["detail"]["paper"].startswith("DC-")
    assert not home.exists() and not list((world.root / "mail").glob(".deleted-*"))
    assert world.arrive(LARA, subject="too late")[0] == 550


@pytest.mark.clause("R2")
def test_who_returns_while_the_mail_is_kept_reads_it_again(staff: Running) -> None:
    world = staff
    assert world.arrive(ROSA, subject="rosa-before")[0] == 250
    world.found(ROSA, "rosa-before")
    begun = world.run("leaving", "begin", ROSA, "--successor", HEIR)
    number = begun["id"]
    wait_for(world, number, "rules")
    world.run("leaving", "tick", str(number), "formalities")
    assert world.run("leaving", "tick", str(number), "handover")["state"] == "retained"
    assert world.arrive(ROSA, subject="rosa-while-away")[0] == 250
    world.found(HEIR, "rosa-while-away")
    assert world.run("leaving", "back", str(number))["state"] == "returned"
    assert refusals(world, ROSA, PASSWORD, ("imap",))["imap"]  # the old password opens nothing
    world.run("mailbox", "password", ROSA, "--password-stdin", stdin="Lantern-Harbour-7741\n")
    with world.reading(ROSA, "Lantern-Harbour-7741") as client:
        client.select("INBOX", readonly=True)
        assert len(client.search(None, "SUBJECT", '"rosa-"')[1][0].split()) == 2


_LOOK = """
import json
from hongyan.company.leaving import looking
from hongyan.company.leaving.models import Leaving
from hongyan.company.people.models import Account
from hongyan.company.mailboxes.models import Mailbox
from hongyan.engines.desk import looks
from hongyan.kernel.actor import Actor, schedule
from hongyan.kernel.instance import current
one, two = (Actor(n, schedule("x").grants, Account.objects.get(login=n).pk, "corp") for n in ("bob@corp.test", "carol@corp.test"))
leaving = Leaving.objects.select_related("company", "person").get(pk=%d)
box = Mailbox.objects.get(address="mona@corp.test")
look = looking.ask_look(actor=one, leaving=leaving, mailbox=box, reason="quotation")
looking.allow_look(actor=two, look=look)
asked = {"actor": one, "instance": current(), "look": look}
listed = looks.messages(**asked, folder="INBOX")
uid = listed["messages"][0]["uid"]
shown = looks.message(**asked, folder="INBOX", uid=uid)
looking.hand_on(actor=one, look=look, folder="INBOX", uid=uid, subject="x", to=Mailbox.objects.get(address="hans@corp.test"))
folders = looks.folders(**asked)
print(json.dumps([[f["name"] for f in folders["folders"]], listed["messages"][0]["subject"], shown["text"], look.pk]))
"""


@pytest.mark.clause("G2.1.5", "B4.8")
def test_a_supervised_look_reads_hands_on_and_changes_nothing(staff: Running) -> None:
    """And the leaver's own rules, a redirect to the outside among them, run no more."""
    world = staff
    world.open(MONA)
    wait_published(world)
    rule = 'require "copy"; redirect :copy "mona@private.test";'
    doveadm(world, "sieve", "put", "-u", MONA, "-a", "mine", said=rule)
    active = world.root / "mail/corp.test/mona/.dovecot.sieve"
    assert active.is_symlink()
    assert world.arrive(MONA, subject="offer-1", body="seven hundred\n")[0] == 250
    world.found(MONA, "offer-1")
    number = world.run("leaving", "begin", MONA, "--mailbox-only")["id"]
    assert wait_for(world, number, "rules")["steps"][2]["detail"] == {"scripts": {MONA: "mine"}}
    assert not active.is_symlink()
    folders, subject, text, look = json.loads(rows(world, _LOOK % number))
    assert {"INBOX", "Sent", "Trash"} <= set(folders)
    assert (subject, text.strip()) == ("offer-1", "seven hundred")
    eventually(lambda: doveadm(world, "search", "-u", HEIR, "mailbox", f"移交/{MONA}", "subject", "offer-1"), 15)
    flags = doveadm(world, "fetch", "-u", MONA, "flags", "mailbox", "INBOX", "subject", "offer-1")
    assert "\\Seen" not in flags
    events = [
        e for e in world.run("audit", "list", "--company", "corp", "--limit", "200") if e["kind"].startswith("look.")
    ]
    mine = [e["kind"] for e in events if e["params"]["look"] == look]
    assert sorted(mine) == ["look.allowed", "look.asked", "look.handed", "look.read", "look.read"]


def doveadm(world: Running, *words: str, said: str = "") -> str:
    conf = str(world.instance.live / "etc/dovecot.conf")
    done = subprocess.run(
        ["doveadm", "-c", conf, *words], input=said, capture_output=True, text=True, timeout=30, check=False
    )
    return done.stdout
