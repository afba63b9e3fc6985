"""The gate's rules on the wire: who may write to which group, how many an hour, how large."""

from __future__ import annotations

import pytest

from tests.system.hands import Running, answer, eventually, said

ALICE, BOB, CAROL, CHARLIE = "alice@corp.test", "bob@corp.test", "carol@corp.test", "charlie@other.test"
MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def groups(world: Running) -> Running:
    """Four groups with the same members, Bob and Carol; Alice is on the list of the last."""
    for who in ("anyone", "company", "members", "listed"):
        writers = ("--writer", ALICE) if who == "listed" else ()
        world.run("group", "add", f"g-{who}@corp.test", "--who", who, "--member", BOB, "--member", CAROL, *writers)
    return world


def written(world: Running, sender: str, group: str, subject: str) -> tuple[int, str]:
    """A mail to the group from a colleague, from the other company of ours, or from outside."""
    data = (
        f"From: {sender}\r\nTo: {group}\r\nSubject: {subject}\r\nMessage-ID: <{subject}@x.test>\r\n\r\nx\r\n".encode()
    )
    with world.mx() if sender.endswith("outside.test") else world.submit(sender) as client:
        return answer(client, sender, [group], data)


@pytest.mark.clause("P7", "P12", "P8")
@pytest.mark.parametrize(
    "who, may",
    [
        ("anyone", {ALICE, BOB, CHARLIE, "writer@outside.test"}),
        ("company", {ALICE, BOB}),
        ("members", {BOB}),
        ("listed", {ALICE}),
    ],
)
def test_a_group_takes_mail_from_whom_it_is_open_to(groups: Running, who: str, may: set[str]) -> None:
    group = f"g-{who}@corp.test"
    for sender in (ALICE, BOB, CHARLIE, "writer@outside.test"):
        subject = f"to-{who}-from-{sender.partition('@')[0]}"
        code, text = written(groups, sender, group, subject)
        if sender in may:
            assert code == 250, (sender, text)
            groups.found(BOB, subject)
            groups.found(CAROL, subject)
        else:
            assert code == 550 and group in text, (sender, text)
            assert groups.subjects(BOB, subject) == 0


@pytest.mark.clause("P7", "P12")
def test_the_refusal_is_worded_for_who_reads_it(groups: Running) -> None:
    alice = written(groups, ALICE, "g-members@corp.test", "x")[1]
    assert "只接受成員的來信" in alice and "〔條款 P12〕" in alice and groups.instance.web_url in alice
    charlie = written(groups, CHARLIE, "g-company@corp.test", "x")[1]
    assert "only members of the company may write to it" in charlie and "[clause P7]" in charlie
    outsider = written(groups, "writer@outside.test", "g-company@corp.test", "x")[1]
    assert "only members of the company" in outsider and outsider.isascii()


@pytest.mark.clause("P7")
def test_nobody_from_outside_becomes_a_colleague_by_saying_so(groups: Running) -> None:
    data = b"From: bob@corp.test\r\nTo: g-company@corp.test\r\nSubject: forged\r\n\r\nx\r\n"
    with groups.mx() as client:
        assert answer(client, BOB, ["g-company@corp.test"], data)[0] == 550
        assert answer(client, "", ["g-members@corp.test"], data)[0] == 550


@pytest.mark.clause("P7")
def test_one_closed_group_refuses_the_whole_message(groups: Running) -> None:
    with groups.submit(ALICE) as client:
        data = b"From: alice@corp.test\r\nSubject: half-sent\r\n\r\nx\r\n"
        assert answer(client, ALICE, [CAROL, "g-members@corp.test"], data)[0] == 550
    assert groups.subjects(CAROL, "half-sent") == 0


@pytest.mark.clause("P12")
def test_rights_and_members_change_at_once(groups: Running) -> None:
    groups.run("group", "member", "add", "g-members@corp.test", ALICE)
    assert written(groups, ALICE, "g-members@corp.test", "as-a-member")[0] == 250
    groups.found(ALICE, "as-a-member")
    groups.run("group", "member", "remove", "g-members@corp.test", ALICE)
    assert written(groups, ALICE, "g-members@corp.test", "no-member")[0] == 550
    groups.run("group", "who", "g-members@corp.test", "company")
    assert written(groups, ALICE, "g-members@corp.test", "as-a-colleague")[0] == 250
    groups.run("group", "who", "g-members@corp.test", "members")


@pytest.mark.clause("P7")
def test_an_alias_of_a_group_opens_no_back_door(groups: Running) -> None:
    groups.run("alias", "add", "everybody@corp.test", "g-members@corp.test")
    for address in ("everybody@corp.test", "g-members+x@corp.test", "G-Members@CORP.test"):
        assert written(groups, ALICE, address, "around")[0] == 550, address


@pytest.mark.clause("B4.4", "C3")
def test_a_mailbox_writes_to_so_many_an_hour(world: Running) -> None:
    sender = "rupert@corp.test"
    data = b"From: rupert@corp.test\r\nSubject: many\r\n\r\nx\r\n"

    def to(count: int) -> list[str]:
        return [f"bob+{number}@corp.test" for number in range(count)]

    with world.submit(sender) as client:
        code, text = answer(client, sender, to(201), data)
        assert code == 550 and "201" in text and "〔條款 B4.4〕" in text
        assert answer(client, sender, to(150), data)[0] == 250
        code, text = answer(client, sender, to(51), data)
        assert code == 550 and "150" in text and "之後可再寄" in text
        assert answer(client, sender, to(50), data)[0] == 250
        assert answer(client, sender, to(1), data)[0] == 550
    with world.submit(ALICE) as client:
        assert answer(client, ALICE, [BOB], b"From: alice@corp.test\r\n\r\n")[0] == 250  # each has her own


@pytest.mark.clause("C3")
def test_a_message_larger_than_the_company_takes(world: Running) -> None:
    """25 MB: said to our own people in their language, to strangers in both."""
    data = b"From: %s\r\nSubject: too-large\r\n\r\n" + (b"x" * 76 + b"\r\n") * (26 * MEGABYTE // 78)
    with world.submit(ALICE) as client:
        code, text = answer(client, ALICE, [BOB], data.replace(b"%s", ALICE.encode(), 1))
        assert code == 552 and text.startswith("5.3.4 郵件大小") and "〔條款 C3〕" in text
    with world.mx() as client:
        code, text = answer(client, "w@outside.test", [BOB], data.replace(b"%s", b"w@outside.test", 1))
        assert code == 552 and "The message has" in text
        assert said(client, b"NOOP")[0] == 250
    assert world.subjects(BOB, "too-large") == 0


@pytest.mark.clause("P7")
def test_a_refusal_is_in_the_audit(groups: Running) -> None:
    written(groups, "mike@corp.test", "g-members@corp.test", "audited")

    def look() -> bool:
        found = groups.run(
            "audit", "list", "--company", "corp", "--subject", "mike@corp.test", "--kind", "mail.refused"
        )
        return any("g-members@corp.test" in str(event) and "P12" in str(event) for event in found)

    eventually(look, 10, "the refusal in the audit")
