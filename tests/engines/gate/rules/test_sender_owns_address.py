from __future__ import annotations

import pytest

from hongyan.engines.gate.rules import View
from hongyan.engines.gate.rules.sender_owns_address import check
from tests.engines.gate.world import ALICE, BOB, CHARLIE, arrived, sent

OWN = [
    ALICE,
    "Alice@Corp.Test",
    "alice+news@corp.test",
    '"alice"@corp.test',
    "a.li@corp.test",
    "A.Li+x@corp.test",
    "sales@corp.test",
    "team@corp.test",
]
FOREIGN = [
    BOB,
    CHARLIE,
    "nobody@corp.test",
    "alice@corp.test.example",
    "+x@corp.test",
    "alice",
    "heads@corp.test",
    "@corp.test",
]


@pytest.mark.parametrize("address", OWN)
def test_own_and_given_addresses_pass_in_envelope_and_from(view: View, address: str) -> None:
    assert check(sent(ALICE, sender=address, headers={"from": [f"Alice <{address}>"]}), view) is None


@pytest.mark.parametrize("address", FOREIGN)
def test_a_foreign_envelope_sender_is_refused(view: View, address: str) -> None:
    decision = check(sent(ALICE, sender=address), view)
    assert decision is not None
    assert (decision.code, decision.clause) == ("sender.envelope_not_yours", "G4.2.3")
    assert decision.params == {"login": ALICE, "address": address}


@pytest.mark.parametrize("address", [BOB, CHARLIE, "nobody@corp.test", "heads@corp.test"])
@pytest.mark.parametrize("header", ["From", "Sender"])
def test_a_foreign_address_in_from_or_sender_is_refused(view: View, address: str, header: str) -> None:
    headers = {"from": [f"<{ALICE}>"]} | {header.lower(): [f"Alice <{address}>"]}
    decision = check(sent(ALICE, headers=headers), view)
    assert decision is not None
    assert decision.code == "sender.from_not_yours"
    assert decision.params == {"header": header, "login": ALICE, "address": address}


def test_a_shared_mailbox_does_not_give_its_members_addresses(view: View) -> None:
    assert check(sent("sales@corp.test", sender=ALICE), view) is not None


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ([f"<{ALICE}>", f"<{ALICE}>"], "sender.from_repeated"),
        ([], "sender.from_missing"),
        ([""], "sender.from_missing"),
        (["undisclosed:;"], "sender.from_missing"),
        (["Alice"], "sender.from_malformed"),
        ([f"<{ALICE}> <{BOB}>"], "sender.from_malformed"),
        ([f"{BOB} <{ALICE}>"], "sender.from_not_yours"),
        ([f"<{ALICE}>, <{BOB}>"], "sender.from_not_yours"),
        ([f"<{ALICE}>, sales@corp.test"], None),
        ([f'"{BOB}" <{ALICE}>'], None),
    ],
)
def test_from_is_there_once_and_readable(view: View, values: list[str], code: str | None) -> None:
    decision = check(sent(ALICE, headers={"from": values} if values else {}), view)
    assert (decision.code if decision else None) == code


def test_a_receipt_without_envelope_sender_passes(view: View) -> None:
    assert check(sent(ALICE, sender=""), view) is None
    assert check(sent(ALICE, sender="", headers={"from": [BOB]}), view) is not None


def test_mail_without_login_is_not_judged(view: View) -> None:
    assert check(arrived(BOB, sender=ALICE, headers={"from": [ALICE, BOB]}), view) is None
