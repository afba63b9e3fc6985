from __future__ import annotations

import tomllib

import pytest

from hongyan.engines.gate import reply
from hongyan.engines.gate.message import INSIDE, Message
from hongyan.engines.gate.rules import View, evaluate
from hongyan.kernel.decision import Decision
from hongyan.kernel.wording import CATALOGUE
from tests.engines.gate.world import ALICE, BOB, CAROL, CHARLIE, DAVE, arrived, sent

GATE = tomllib.loads((CATALOGUE / "gate.toml").read_text())
CODES = [f"{room}.{code}" for room in ("sender", "recipient", "limit", "size", "group") for code in GATE[room]]


def said(message: Message, view: View) -> str:
    decision = evaluate(message, view)
    assert decision is not None
    return reply.refusal(decision, message, view.tables)


def test_the_sender_reads_its_own_language_with_the_clause_and_where_to_go(view: View) -> None:
    chinese = said(sent(BOB, "team@corp.test"), view)
    assert chinese.startswith("550 5.7.1 群組 team@corp.test 只接受成員的來信")
    assert "〔條款 P12〕" in chinese and "https://mail.example" in chinese
    assert said(sent(CAROL, "team@corp.test"), view).startswith("550 5.7.1 群组 team@corp.test 只接受成员的来信")
    assert "[clause P7]" in said(sent(CHARLIE, "staff@corp.test"), view)


def test_an_outsider_reads_english_in_ascii(view: View) -> None:
    """RFC 5321 4.2: another server has not asked for more (RFC 6531 3.5), and might not understand it."""
    line = said(arrived("staff@corp.test"), view)
    assert line.isascii() and "only members of the company" in line
    long = Decision("group.company", {"groups": ["很" * 300] * 3}, "P7")
    line = reply.refusal(long, arrived("staff@corp.test"), view.tables)
    assert line.isascii() and len(line) <= 450 and line.endswith("...")


def test_inside_mail_is_answered_in_ascii(view: View) -> None:
    """Dovecot's SMTP client, which redirects for filter rules, takes nothing else (RFC 5321 4.2, RFC 6531 3.7.4.2)."""
    line = said(arrived("team@corp.test", sender=BOB, listener=INSIDE), view)
    assert line.isascii() and "only members" in line


def test_a_message_too_large_has_its_own_code(view: View) -> None:
    assert said(sent(ALICE, size=3_000_000), view).startswith("552 5.3.4 ")


@pytest.mark.parametrize("login", [BOB, CAROL, CHARLIE, DAVE])
@pytest.mark.parametrize("code", CODES)
def test_every_refusal_fits_an_smtp_line_whatever_fills_it(view: View, code: str, login: str) -> None:
    long = "很" * 300 + "\r\n250 ok@" + "x" * 300
    params = {"login": long, "address": long, "header": "From", "groups": [long] * 3, "count": 10**6, "limit": 10**9}
    decision = Decision(code, params | {"used": 1, "size": 10**9, "until": 1.8e9}, "G4.2.3")
    line = reply.refusal(decision, sent(login), view.tables)
    assert len(line.encode()) <= 450
    assert line.isprintable() and line[:4] in ("550 ", "552 ")


@pytest.mark.parametrize("login", [BOB, CAROL, CHARLIE])
@pytest.mark.parametrize("code", CODES)
def test_an_ordinary_refusal_is_never_cut(view: View, code: str, login: str) -> None:
    address = "firstname.lastname@mail.branch.corp.test"
    params = {"login": address, "address": address, "header": "Sender", "groups": [address], "count": 100, "limit": 200}
    decision = Decision(code, params | {"used": 150, "size": 10**8, "until": 1.8e9}, "G4.2.3")
    assert "G4.2.3" in reply.refusal(decision, sent(login), view.tables)


@pytest.mark.parametrize("code", ["gate.unready", "gate.failed"])
def test_deferrals(code: str) -> None:
    assert reply.deferral(code).startswith("451 4.3.0 ")


def test_undecodable_octets_do_not_break_the_reply() -> None:
    assert reply.clean("550 5.7.1 \udcff\udcfe x") == "550 5.7.1 ?? x"
