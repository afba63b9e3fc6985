"""A decision by answering the notice, with real engines: Xena heads a section, Yann of it asks for an alias, Zoe is a colleague."""

from __future__ import annotations

import smtplib
import subprocess
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default

import pytest

from tests.resilience import hands
from tests.system.hands import PASSWORD, Running, answer, eventually, message, newest, numbers

XENA, YANN, ZOE = (f"{name}@corp.test" for name in ("xena", "yann", "zoe"))
ALIAS = "yann.also@corp.test"

_SET_UP = """
from django.contrib.auth.hashers import make_password
from hongyan.company.mailboxes.actions import NewMailbox, open_mailboxes
from hongyan.company.people.actions import add_person, add_unit
from hongyan.company.people.queries import actor_of, find_company
from hongyan.company.requests import actions
company, hashed = find_company("corp"), make_password(%r)
unit = add_unit(actor=actor, company=company, path="Answers")
staff = [
    add_person(actor=actor, company=company, name=name, unit=unit, head=name == "Xena", locale=locale)
    for name, locale in (("Xena", "zh-Hans"), ("Yann", "en"), ("Zoe", "en"))
]
boxes = open_mailboxes(
    actor=actor, company=company,
    new=[NewMailbox(f"{p.name.lower()}@corp.test", password_hash=hashed, person=p) for p in staff],
)
actions.save_chain(actor=actor, company=company, name="one", title={"en": "One"}, steps=[{"by": "head"}])
actions.set_form(actor=actor, company=company, form="alias", chain="one")
actions.file_request(
    actor=actor_of(boxes[1].account), form="alias",
    fields={"mailbox": "yann@corp.test", "new_address": "yann.also@corp.test", "reason": "work"},
)
"""
OUTLOOK = (
    '<html><body><div class="WordSection1"><p class="MsoNormal">同意<o:p></o:p></p><div style="border:none;border-top:solid'
    ' #E1E1E1 1.0pt"><p><b>发件人:</b> corp</p></div><p>不同意，原因</p></div></body></html>'
)


@pytest.fixture(scope="module")
def asked(world: Running) -> EmailMessage:
    """The notice as Xena finds it."""
    hands.rows(world, _SET_UP % PASSWORD)
    hands.wait_published(world)
    return eventually(lambda: notice(world, XENA, "no-reply"), 20, "the notice to the head")


def notice(world: Running, address: str, sender: str, seen: int = 0) -> EmailMessage | None:
    """The newest mail from the service after the first `seen`."""
    with world.reading(address) as client:
        found = numbers(client, "", "INBOX")
        raw = newest(client, "", "INBOX") if len(found) > seen else None
    mail = message_from_bytes(raw, policy=default) if raw else None
    return mail if isinstance(mail, EmailMessage) and sender in str(mail["From"]) else None


def count(world: Running, address: str) -> int:
    return world.subjects(address, "")


def reply(mail: EmailMessage, login: str, text: str, subtype: str = "plain") -> EmailMessage:
    said = message(login, str(mail["Reply-To"]), subject="Re: request", body="", In_Reply_To=str(mail["Message-ID"]))
    said.set_content(text, subtype=subtype)
    return said


def submit(world: Running, mail: EmailMessage, login: str) -> None:
    with world.submit(login) as client:
        client.send_message(mail, from_addr=login, to_addrs=[str(mail["To"])])


def flushed(world: Running) -> bool:
    """Postfix tries now what it has put off."""
    flush = ["/usr/sbin/postqueue", "-c", str(world.instance.live / "etc/postfix"), "-f"]
    return subprocess.run(flush, check=True, timeout=30).returncode == 0


@pytest.mark.clause("B2", "G4.2.3")
def test_from_outside_nobody_answers_in_her_name(world: Running, asked: EmailMessage) -> None:
    forged = reply(asked, XENA, "同意\n")
    with world.mx() as client:
        code, text = answer(client, XENA, [str(asked["Reply-To"])], forged.as_bytes(policy=SMTP))
    assert (code == 550 and "signed in" in text) or "登" in text
    local, _, domain = str(asked["Reply-To"]).partition("@")
    for address in (
        f"{local}.hongyan-by.xena=corp.test@{domain}",
        f"{local}.hongyan-by.xena=corp.test@approval.invalid",
    ):
        with world.submit(ZOE) as client, pytest.raises(smtplib.SMTPException):
            client.sendmail(ZOE, [address], message(ZOE, address, subject="x", body="同意").as_bytes(policy=SMTP))


@pytest.mark.clause("G4.2.3")
def test_a_colleague_it_was_forwarded_to_is_told_that_it_does_not_count(world: Running, asked: EmailMessage) -> None:
    before = count(world, ZOE)
    submit(world, reply(asked, ZOE, "同意\n"), ZOE)
    told = eventually(lambda: notice(world, ZOE, "no-reply", before), 20, "the explanation")
    assert "another approver" in told.get_content() and told["Reply-To"] is None


@pytest.mark.clause("G3.1.2", "B2")
def test_her_answer_waits_for_the_worker_and_counts_once(world: Running, asked: EmailMessage) -> None:
    mail, before = reply(asked, XENA, OUTLOOK, "html"), count(world, XENA)
    with hands.stopped(world, "worker"):
        submit(world, mail, XENA)
        eventually(lambda: world.queued("hongyan-by.xena"), 10, "the answer in the queue")
    told = eventually(
        lambda: notice(world, XENA, "no-reply", before) if flushed(world) else None, 30, "what came of it"
    )
    assert "同意" in str(told["Subject"]) and "已完成" in told.get_content()
    eventually(lambda: world.arrive(ALIAS, subject="to the alias")[0] == 250, 10, "the alias")
    assert b"to the alias" in world.found(YANN, "to the alias")
    submit(world, mail, XENA)
    submit(world, reply(asked, XENA, "不同意，晚了\n"), XENA)
    late = eventually(lambda: notice(world, XENA, "no-reply", before + 1), 20, "too late")
    assert "没有生效" in str(late["Subject"]) and count(world, XENA) == before + 2
