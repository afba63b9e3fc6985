"""Promise 1: the mail plane never waits for the web plane."""

from __future__ import annotations

import contextlib
import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.resilience import hands
from tests.system.hands import PASSWORD, Failed, Running, eventually


@contextlib.contextmanager
def database_away(house: Running) -> Iterator[None]:
    """No database file, and none of the services that use it."""
    with hands.stopped(house, "web", "worker", "publisher"):
        directory = house.instance.database_file.parent
        aside = directory.with_name("db-away")
        directory.rename(aside)
        try:
            yield
        finally:
            aside.rename(directory)


@pytest.fixture(scope="module")
def outage(house: Running) -> dict[str, str]:
    """What happened while the database was away; the tests look at it during and after."""
    house.run("group", "add", "team@corp.test", "--who", "members", "--member", "peggy@corp.test")
    house.run("mailbox", "suspend", "dave@corp.test")
    seen: dict[str, str] = {}
    with database_away(house):
        with pytest.raises(Failed) as refused:
            house.run("company", "list")
        seen["command"] = str(refused.value.error.get("code"))
        seen |= hands.refusals(house, "peggy@corp.test", PASSWORD, hands.ENGINES)
        house.send("peggy@corp.test", "bob@corp.test", subject="no-database")
        seen["mail"] = house.found("bob@corp.test", "no-database").decode()
        house.send("peggy@corp.test", "team@corp.test", subject="to-my-group")
        seen["foreign sender"] = _refused(house, "peggy@corp.test", "trent@corp.test", "bob@corp.test")
        seen["group"] = _refused(house, "trent@corp.test", "trent@corp.test", "team@corp.test")
        seen["suspended"] = hands.refusal(house, "imap", "dave@corp.test")
        seen["wrong"] = hands.refusal(house, "imap", "trent@corp.test", "wrong-password")
    house.run("mailbox", "resume", "dave@corp.test")
    return seen


def _refused(house: Running, login: str, sender: str, to: str) -> str:
    with house.submit(login) as client:
        try:
            client.sendmail(sender, [to], f"From: {sender}\r\nSubject: x\r\n\r\nx\r\n")
        except smtplib.SMTPRecipientsRefused as error:
            return str(next(iter(error.recipients.values())))
        except smtplib.SMTPResponseException as error:
            return f"{error.smtp_code} {error.smtp_error!r}"
    return ""


def test_the_database_really_was_away(outage: dict[str, str]) -> None:
    assert outage["command"] == "database.unavailable"


@pytest.mark.clause("R3")
@pytest.mark.parametrize("protocol", hands.ENGINES)
def test_staff_sign_in_on_every_protocol(outage: dict[str, str], protocol: str) -> None:
    assert outage[protocol] == ""


@pytest.mark.clause("R3")
def test_mail_flows(outage: dict[str, str]) -> None:
    assert "no-database" in outage["mail"] and "DKIM-Signature" in outage["mail"]


def test_rules_hold(outage: dict[str, str]) -> None:
    """Only as oneself; into a group only who may write to it; not at all when suspended; not with another password."""
    assert outage["foreign sender"].startswith(("(550", "550"))
    assert outage["group"].startswith(("(550", "550"))
    assert outage["suspended"] and outage["wrong"]


def test_afterwards_the_journals_are_taken_in(house: Running, outage: dict[str, str]) -> None:
    """Sign-ins, mail and refusals of the outage are in the audit, once each, and the chains are whole."""

    def kinds() -> list[str]:
        events = house.run("audit", "list", "--company", "corp", "--limit", "500")
        return [f"{e['kind']} {e['subject']}" for e in events]

    eventually(lambda: "mail.refused trent@corp.test" in kinds(), 15, "the refusal in the audit")
    found = kinds()
    assert found.count("mail.sent peggy@corp.test") == 2
    assert found.count("mail.refused trent@corp.test") == 1
    assert found.count("signin.failed trent@corp.test") == 1
    assert found.count("signin.ok peggy@corp.test") >= 4
    assert house.run("audit", "verify")["intact"]


def test_changes_are_made_again_afterwards(house: Running, outage: dict[str, str]) -> None:
    house.open("after-outage@corp.test")
    hands.let_tables_be_noticed()
    assert hands.refusal(house, "imap", "after-outage@corp.test") == ""
    assert not Path(house.root / "db-away").exists()
