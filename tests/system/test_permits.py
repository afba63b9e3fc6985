"""Permits and posts with real engines: what leaves the company by mail programs and by filter rules; a mover's mail.

A company of their own: `shut.test`. Uma moves from north to south, Vic stays, Charlie is of another company.
"""

from __future__ import annotations

import imaplib
import smtplib

import pytest

from tests.resilience import hands
from tests.system.hands import PASSWORD, Running, eventually, newest, numbers
from tests.system.managesieve import ManageSieve

UMA, VIC, WES = (f"{name}@shut.test" for name in ("uma", "vic", "wes"))
CHARLIE, CREW, DESK = "charlie@other.test", "crew@shut.test", "desk@shut.test"

_SET_UP = """
from django.contrib.auth.hashers import make_password
from hongyan.company.mailboxes.actions import NewMailbox, open_mailboxes
from hongyan.company.mailboxes.routing import add_group
from hongyan.company.people.actions import add_company, add_domain, add_person, add_unit
from hongyan.company.people.settings import change_settings
from hongyan.company.permits.actions import set_modes
from hongyan.company.profiles.actions import Posts, add_item, add_profile
hashed = make_password(%r)
company = add_company(actor=actor, slug="shut", name="Shut Ltd", locale="en")
add_domain(actor=actor, company=company, name="shut.test")
north, south = (add_unit(actor=actor, company=company, path=f"Shut/{name}") for name in ("North", "South"))
who = {"uma": (north, False), "vic": (north, True), "wes": (south, True)}
staff = {n: add_person(actor=actor, company=company, name=n.title(), unit=u, head=h) for n, (u, h) in who.items()}
new = [NewMailbox(f"{name}@shut.test", person=person, password_hash=hashed) for name, person in staff.items()]
open_mailboxes(actor=actor, company=company, new=[*new, NewMailbox("desk@shut.test", kind="shared", unit=south)])
add_group(actor=actor, company=company, address="crew@shut.test", who="members", unit=south)
profile = add_profile(actor=actor, company=company, posts=Posts("South", unit=south))
for kind, value in (("group", "crew@shut.test"), ("shared", "desk@shut.test"), ("permit", "outside")):
    add_item(actor=actor, profile=profile, kind=kind, value=value, rights=["read"])
change_settings(actor=actor, company=company, changes={"max_message_mb": 1})
set_modes(actor=actor, company=company, outside="approved")
print(staff["uma"].pk, staff["uma"].appointments.get().pk)
"""


@pytest.fixture(scope="module")
def uma(world: Running) -> tuple[str, str]:
    """Her number and that of her post."""
    person, post = hands.rows(world, _SET_UP % PASSWORD).split()
    hands.wait_published(world)
    return person, post


def refused(world: Running, login: str, *to: str, **more: str) -> str:
    """What the sender is told; empty when it is taken."""
    try:
        world.send(login, *to, **more)
    except smtplib.SMTPResponseException as error:
        return error.smtp_error.decode() if isinstance(error.smtp_error, bytes) else str(error.smtp_error)
    return ""


def listed(client: imaplib.IMAP4) -> bytes:
    """The names of all folders."""
    return b" ".join(line for line in client.list()[1] if isinstance(line, bytes))


@pytest.mark.clause("P13")
def test_who_writes_outside_and_how_large(world: Running, uma: tuple[str, str]) -> None:
    said = refused(world, VIC, CHARLIE, WES, subject="no-way-out")
    assert (
        said.startswith("5.7.1 Your mailbox may not write outside the company (charlie@other.test)") and "P13" in said
    )
    assert world.subjects(WES, "no-way-out") == 0  # nothing is half sent
    assert not refused(world, WES, CHARLIE, subject="by-the-post")  # what posts in the south bring
    world.found(CHARLIE, "by-the-post")
    permit = world.run("permit", "grant", VIC, "outside", "--reason", "fair")
    assert not refused(world, VIC, CHARLIE, subject="way-out")
    world.found(CHARLIE, "way-out")
    world.run("permit", "end", str(permit["id"]))
    assert "P13" in refused(world, VIC, CHARLIE)
    large = "x" * 70 + "\n"
    assert refused(world, VIC, WES, subject="large", body=large * 21_000).startswith("5.3.4")
    world.run("permit", "grant", VIC, "large", "2")
    assert not refused(world, VIC, WES, subject="large", body=large * 21_000)
    assert refused(world, VIC, WES, body=large * 42_000).startswith("5.3.4")


@pytest.mark.clause("B4.10")
def test_a_filter_rule_passes_nothing_on_outside_without_a_permit(world: Running, uma: tuple[str, str]) -> None:
    notify = 'if header :is "subject" "told-on" { notify :message "told-on" "mailto:charlie@other.test"; }\r\n'
    with ManageSieve(world, VIC) as sieve:
        sieve.use("away", f'require ["copy", "enotify"];\r\n{notify}redirect "{CHARLIE}";\r\n')
    world.run("permit", "grant", VIC, "outside")  # to write is not to forward
    for subject, sender in (
        ("passed-on-1", "customer@outside.test"),
        ("bounced-on-1", ""),
        ("told-on", "a@outside.test"),
    ):
        assert world.arrive(VIC, subject=subject, sender=sender)[0] == 250
        world.found(VIC, subject, seconds=20)  # Dovecot keeps what it could not pass on
    permit = world.run("permit", "grant", VIC, "forward", CHARLIE)
    for subject, sender in (("passed-on-2", "customer@outside.test"), ("bounced-on-2", "")):
        world.arrive(VIC, subject=subject, sender=sender)
        world.found(CHARLIE, subject)
    for subject in ("passed-on-1", "bounced-on-1", "told-on"):
        assert world.subjects(CHARLIE, subject) == 0
    world.run("permit", "end", str(permit["id"]))
    world.arrive(VIC, subject="passed-on-3", sender="customer@outside.test")
    world.found(VIC, "passed-on-3", seconds=20)
    with ManageSieve(world, VIC) as sieve:
        sieve.command('SETACTIVE ""')


@pytest.mark.clause("G3.2.2", "P12")
def test_a_movers_mail_follows_the_post(world: Running, uma: tuple[str, str]) -> None:
    person, post = uma
    world.send(WES, CREW, subject="before-the-move")
    world.found(WES, "before-the-move")
    assert world.subjects(UMA, "before-the-move") == 0 and "P12" in refused(world, UMA, CREW)
    view = world.run("profile", "preview", person, "Shut/South", "--leaving", post, "--company", "shut")
    assert view["given"] == [CREW, DESK, "outside"]
    world.run("person", "post", person, "--change", post, "--unit", "Shut/South", "--company", "shut")
    world.send(WES, CREW, subject="after-the-move")
    world.found(UMA, "after-the-move")
    assert not refused(world, UMA, CREW, CHARLIE, subject="from-the-south")
    world.found(CHARLIE, "from-the-south")
    world.found(VIC, "Mail rights after a move")  # both heads are told
    world.found(WES, "Mail rights after a move")
    with world.reading(UMA) as live:
        eventually(lambda: DESK.encode() in listed(live), 15, "the shared mailbox")
    world.run("person", "post", person, "--change", post, "--unit", "Shut/North", "--company", "shut")
    world.send(WES, CREW, subject="after-the-return")
    world.found(WES, "after-the-return")
    assert world.subjects(UMA, "after-the-return") == 0
    assert "P12" in refused(world, UMA, CREW) and "P13" in refused(world, UMA, CHARLIE)
    with world.reading(UMA) as client:
        assert DESK.encode() not in listed(client)
        assert numbers(client, "after-the-move", "INBOX") and newest(
            client, "after-the-move"
        )  # her own mail stays hers
