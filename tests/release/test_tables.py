"""Rows of the per-address tables: what each state, kind and wish gives, and what may never be written."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from hongyan.release.facts import AliasFacts, AppPassword, GroupFacts, MailboxFacts
from hongyan.release.tables import (
    NO_PASSWORD,
    TABLES,
    BadFact,
    Rows,
    basis,
    company_rows,
    domain_rows,
    instance_rows,
    merge,
    rows,
    shard,
)
from tests.release import sample
from tests.release.sample import mailbox

INSTANCE = sample.instance(Path("/srv/hongyan"), debian=12)
GROUND = sample.ground(INSTANCE)
BASE = basis(GROUND)
ALICE = "alice@corp.test"


def of(facts: MailboxFacts) -> Rows:
    return rows(facts, BASE)


def gate(made: Rows, key: str) -> dict[str, object]:
    value: dict[str, object] = json.loads(made["gate"][key])
    return value


@pytest.mark.parametrize(
    ("quota_mb", "default_mb", "asked"),
    [(3072, 3072, False), (2048, 3072, True), (250, 250, False), (249, 249, True)],
    ids=["default", "its own", "just large enough", "one message may fill it after the last warning but one"],
)
def test_dovecot_is_asked_where_its_warnings_may_come_late(quota_mb: int, default_mb: int, asked: bool) -> None:
    base = replace(BASE, default_quota_mb=default_mb, message_size_mb=50)
    made = rows(mailbox(ALICE, quota_mb=quota_mb), base)
    assert made["mailboxes"] == {ALICE: "ask_quota" if asked else "DUNNO"}


def test_an_active_mailbox_signs_in_with_its_hash_and_nothing_else() -> None:
    made = of(mailbox(ALICE))
    assert made["users"] == {ALICE: f"{{ARGON2ID}}{sample.HASH}::::::"}
    assert set(made) == {"users", "mailboxes", "gate"}
    assert gate(made, ALICE) == {
        "k": "mailbox", "c": "corp", "l": "zh-Hant", "st": "active", "lim": 200, "snd": [ALICE],
    }  # fmt: skip


@pytest.mark.parametrize("state", ["first", "activation", "suspended"])
def test_other_states_sign_in_nowhere_and_say_why(state: str) -> None:
    """clause G3.1.1"""
    app = AppPassword(sample.digest("x"), "phone", ("imap",))
    made = of(mailbox(ALICE, state=state, app_passwords=(app,), locale="en"))
    assert made["users"][ALICE].startswith(NO_PASSWORD + ":")
    assert "apppw" not in made
    assert set(made["deny"]) == {f"{ALICE}/{protocol}" for protocol in ("imap", "pop3", "smtp", "sieve")}
    for value in made["deny"].values():
        assert value.startswith("::::::reason=")
        assert " " not in value
    assert made["mailboxes"]  # mail is still received


def test_waiting_states_name_the_web_address() -> None:
    for state in ("first", "activation"):
        for locale in ("zh-Hant", "zh-Hans", "en"):
            value = of(mailbox(ALICE, state=state, locale=locale))["deny"][f"{ALICE}/imap"]
            assert INSTANCE.web_url in value.split("\u00a0")


@pytest.mark.parametrize("kind", ["shared", "section", "project"])
def test_what_several_people_use_has_no_password_of_its_own(kind: str) -> None:
    """clause G3.2.2"""
    app = AppPassword(sample.digest("x"), "phone", ("imap",))
    made = of(mailbox(ALICE, kind=kind, app_passwords=(app,)))
    assert made["users"][ALICE].startswith(NO_PASSWORD + ":")
    assert "apppw" not in made


def test_an_app_password_has_one_row_per_protocol_that_both_allow() -> None:
    digest = sample.digest("x")
    facts = mailbox(
        ALICE, protocols=("imap", "smtp"), app_passwords=(AppPassword(digest, "電話: 1", ("imap", "pop3")),)
    )
    made = of(facts)
    assert made["apppw"] == {f"{ALICE}/imap/{digest}": f"{{SHA256.hex}}{digest}::::::user={ALICE} device={digest[:16]}"}
    assert set(made["deny"]) == {f"{ALICE}/pop3", f"{ALICE}/sieve"}


def test_quota_and_periods_are_written_only_where_they_differ() -> None:
    facts = mailbox(ALICE, quota_mb=10240, junk_days=7, trash_days=0)
    junk = "userdb_namespace/inbox/mailbox/Junk/autoexpunge=7d userdb_namespace/inbox/mailbox/Trash/autoexpunge=0d"
    assert of(facts)["users"][ALICE].endswith(f"::::::userdb_quota_rule=*:storage=10240M {junk}")
    on13 = rows(facts, replace(BASE, debian=13))["users"][ALICE]
    assert on13.endswith(f"::::::userdb_quota_storage_size=10240M {junk}")


def test_a_company_with_other_periods_gives_them_to_its_mailboxes() -> None:
    """clause B4.9: other.test keeps Junk 7 and Trash 14 days."""
    value = of(mailbox("charlie@other.test"))["users"]["charlie@other.test"]
    assert "Junk/autoexpunge=7d" in value
    assert "Trash/autoexpunge=14d" in value


def test_a_renamed_mailbox_keeps_its_home() -> None:
    assert of(mailbox(ALICE, home="corp.test/old"))["users"][ALICE].endswith("::::/srv/hongyan/mail/corp.test/old::")


def test_aliases_and_groups() -> None:
    alias = rows(AliasFacts("a@corp.test", "corp", ALICE, (ALICE,)), BASE)
    assert alias["aliases"] == {"a@corp.test": ALICE}
    assert gate(alias, "a@corp.test") == {"k": "alias", "c": "corp", "to": ALICE, "snd": [ALICE]}
    group = rows(GroupFacts("g@corp.test", "corp", (ALICE, "bob@corp.test"), "listed", ("bob@corp.test",)), BASE)
    assert group["aliases"] == {"g@corp.test": f"{ALICE}, bob@corp.test"}
    assert gate(group, "g@corp.test")["lst"] == ["bob@corp.test"]


def test_a_group_without_members_is_unknown_to_postfix_rather_than_losing_mail() -> None:
    made = rows(GroupFacts("g@corp.test", "corp", (), "anyone"), BASE)
    assert "aliases" not in made
    assert "g@corp.test" in made["gate"]


def test_domains_companies_and_the_instance() -> None:
    assert domain_rows(GROUND.domains[0])["domains"] == {"corp.test": "corp"}
    assert gate(domain_rows(GROUND.domains[0]), "@corp.test") == {"k": "domain", "c": "corp"}
    assert gate(company_rows(GROUND.companies[0]), "company/corp") == {"k": "company", "l": "zh-Hant", "max": 26214400}
    assert gate(instance_rows(GROUND), "instance") == {
        "k": "instance", "web": INSTANCE.web_url, "host": "mail.corp.test",
    }  # fmt: skip


@pytest.mark.parametrize(
    "facts",
    [
        mailbox("a:b@corp.test"),
        mailbox("a\nb@corp.test"),
        mailbox("a b@corp.test"),
        mailbox("../../etc@corp.test"),
        mailbox("a*webmail@corp.test"),
        mailbox("a%u@corp.test"),
        mailbox("Alice@corp.test"),
        mailbox(ALICE, password_hash="{PLAIN}x"),
        mailbox(ALICE, password_hash="$argon2id$v=19:::::x"),
        mailbox(ALICE, senders=("x y",)),
        mailbox(ALICE, home="../../root"),
        mailbox(ALICE, company="corp\tx"),
        mailbox(ALICE, app_passwords=(AppPassword("zz", "d", ("imap",)),)),
        AliasFacts("a@corp.test", "corp", "b@corp.test, c@corp.test"),
        GroupFacts("g@corp.test", "corp", ("a@corp.test\nroot@x",), "anyone"),
    ],
)
def test_text_that_would_break_a_file_is_refused(facts: MailboxFacts) -> None:
    with pytest.raises(BadFact):
        rows(facts, BASE)


def test_shards_are_the_first_digit_of_the_addresses_sha256() -> None:
    assert shard(ALICE) == hashlib.sha256(ALICE.encode()).hexdigest()[0]
    assert TABLES["deny"].file_of(f"{ALICE}/imap") == f"deny.{shard(ALICE)}"
    assert TABLES["apppw"].file_of(f"{ALICE}/imap/{'0' * 64}") == f"apppw.{shard(ALICE)}"
    assert TABLES["users"].file_of(ALICE) == f"users.{shard(ALICE)}"
    assert TABLES["aliases"].file_of(ALICE) == "aliases"


def test_text_and_rows_are_each_others_image() -> None:
    table = TABLES["deny"]
    some = {"b@corp.test/imap": "::::::reason=x:y", "a@corp.test/smtp": "::::::reason=停用"}
    text = table.format(some)
    assert text.splitlines() == ["a@corp.test/smtp:::::::reason=停用", "b@corp.test/imap:::::::reason=x:y"]
    assert table.parse(text) == some


@pytest.mark.parametrize("text", ["a@corp.test", "a\tb", "\tx\n", "noseparator\n", "a\t1\na\t2\n"])
def test_a_damaged_text_is_refused(text: str) -> None:
    with pytest.raises(BadFact):
        TABLES["mailboxes"].parse(text)


def test_two_claims_of_one_key_are_refused() -> None:
    with pytest.raises(BadFact):
        merge([of(mailbox(ALICE)), rows(AliasFacts(ALICE, "corp", "bob@corp.test"), BASE)])
