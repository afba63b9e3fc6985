"""Where an address leads: aliases, alias domains, +detail, former names."""

from __future__ import annotations

import pytest

from tests.system.hands import Failed, Running, answer

ALICE, SYBIL = "alice@corp.test", "sybil@corp.test"


@pytest.mark.clause("R1", "B4.8")
def test_aliases_alias_domains_and_detail_lead_to_the_mailbox(world: Running) -> None:
    world.run("alias", "add", "s.brand@corp.test", SYBIL)
    world.run("domain", "add", "corp-alias.test", "--company", "corp", "--alias-of", "corp.test")
    for number, address in enumerate(
        (
            "s.brand@corp.test",
            "sybil@corp-alias.test",
            "s.brand@corp-alias.test",
            "sybil+spam@corp.test",
            "SYBIL@CORP.TEST",
        )
    ):
        assert world.arrive(address, subject=f"leads-{number}")[0] == 250, address
        assert b"writer@outside.test" in world.found(SYBIL, f"leads-{number}")
    for address in ("nobody@corp.test", "nobody@corp-alias.test", "s.brand@other.test"):
        code, text = world.arrive(address)
        assert code == 550 and text.startswith("5.1.1"), address


@pytest.mark.clause("R1")
def test_mail_is_sent_under_an_alias_domain(world: Running) -> None:
    with world.submit(SYBIL) as client:
        data = b"From: sybil@corp-alias.test\r\nSubject: from-alias-domain\r\n\r\nx\r\n"
        assert answer(client, "sybil@corp-alias.test", [ALICE], data)[0] == 250
    assert b"d=corp-alias.test" in world.found(ALICE, "from-alias-domain")


@pytest.mark.clause("C6")
def test_after_a_rename_old_mail_and_mail_to_the_old_name_are_there(world: Running) -> None:
    world.open("wedding@corp.test")
    world.arrive("wedding@corp.test", subject="before-rename")
    world.found("wedding@corp.test", "before-rename")
    world.run("mailbox", "rename", "wedding@corp.test", "married@corp.test")
    world.arrive("wedding@corp.test", subject="to-the-old-name")
    world.arrive("married@corp.test", subject="to-the-new-name")
    for subject in ("before-rename", "to-the-old-name", "to-the-new-name"):
        world.found("married@corp.test", subject)
    with pytest.raises(Failed) as taken:
        world.open("wedding@corp.test")
    assert taken.value.error["code"] == "address.taken"


@pytest.mark.clause("B4.8")
def test_a_closed_mailbox_takes_no_mail_and_its_address_stays_taken(world: Running) -> None:
    world.open("leaver@corp.test")
    world.run("mailbox", "close", "leaver@corp.test")
    code, text = world.arrive("leaver@corp.test")
    assert (code, text[:5]) == (550, "5.1.1")
    with pytest.raises(Failed):
        world.open("leaver@corp.test")
