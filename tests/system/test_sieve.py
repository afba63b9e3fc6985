"""Personal filter rules by ManageSieve: they file, answer and pass on mail, under the same rules as any sending."""

from __future__ import annotations

import base64

import pytest

from tests.resilience.hands import Browser
from tests.system.hands import PASSWORD, Running, eventually
from tests.system.managesieve import ManageSieve

MIKE = "mike@corp.test"


def imap_name(name: str) -> str:
    """A folder's name in modified UTF-7 (RFC 3501 5.1.3); the whole name is not ASCII."""
    return "&" + base64.b64encode(name.encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"


@pytest.mark.clause("B4.6", "B4.11")
def test_a_script_with_a_chinese_name_files_mail_into_a_chinese_folder(world: Running) -> None:
    script = (
        'require ["fileinto", "mailbox"];\r\nif header :contains "subject" "filed" { fileinto :create "合同"; }\r\n'
    )
    with ManageSieve(world, MIKE) as sieve:
        sieve.use("規則一", script)
        assert '"規則一" ACTIVE' in sieve.listed()
        assert script.strip() in "\r\n".join(sieve.command('GETSCRIPT "規則一"'))
    world.arrive(MIKE, subject="filed-one")
    world.found(MIKE, "filed-one", folder=imap_name("合同"))
    assert world.subjects(MIKE, "filed-one") == 0
    world.arrive(MIKE, subject="not-touched")
    world.found(MIKE, "not-touched")


@pytest.mark.clause("B4.10")
def test_a_script_that_does_not_compile_is_refused_and_the_old_one_goes_on(world: Running) -> None:
    with ManageSieve(world, "nina@corp.test") as sieve:
        sieve.use("good", "keep;\r\n")
        refused = sieve.put("good", 'if header "subject { discard; }\r\n')
        assert refused.startswith("NO") and "line 1" in refused
        assert "keep;" in sieve.command('GETSCRIPT "good"')
        assert sieve.put("bad", 'require "vnd.dovecot.execute"; execute "id";\r\n').startswith("NO")
        assert sieve.listed() == ['"good" ACTIVE']


@pytest.mark.clause("B4.10", "B4.8")
def test_a_redirect_reaches_a_colleague_in_the_name_of_who_set_it(world: Running) -> None:
    with ManageSieve(world, "nina@corp.test") as sieve:
        sieve.use("pass-on", 'require "copy"; redirect :copy "bob@corp.test";\r\n')
    world.arrive("nina@corp.test", subject="passed-on", sender="customer@outside.test")
    text = world.found("bob@corp.test", "passed-on")
    assert b"Return-Path: <nina@corp.test>" in text
    assert b"\r\nFrom: customer@outside.test" in text
    world.found("nina@corp.test", "passed-on")


@pytest.mark.clause("P7", "P12")
def test_a_redirect_into_a_closed_group_is_refused_and_nothing_is_lost(world: Running) -> None:
    """Promise 2: a filter rule may not do what its owner may not."""
    world.run("group", "add", "board@corp.test", "--who", "members", "--member", "bob@corp.test")
    with ManageSieve(world, "olga@corp.test") as sieve:
        sieve.use("around", 'redirect "board@corp.test";\r\n')
    world.arrive("olga@corp.test", subject="around-the-rule")
    world.found("olga@corp.test", "around-the-rule", seconds=20)
    assert world.subjects("bob@corp.test", "around-the-rule") == 0
    world.run("group", "member", "add", "board@corp.test", "olga@corp.test")
    world.arrive("olga@corp.test", subject="within-the-rule")
    world.found("bob@corp.test", "within-the-rule")


@pytest.mark.clause("B4.10")
def test_a_vacation_answer_is_sent_once(world: Running) -> None:
    """RFC 5230 4.2: one answer to one writer; 4.5, RFC 3834: marked as automatic, with a null return path."""
    answered = 'require "vacation"; vacation :days 1 :subject "out-of-office" "請聯絡 bob@corp.test。";\r\n'
    with ManageSieve(world, "peggy@corp.test") as sieve:
        sieve.use("假期", answered)
    for number in (1, 2):
        world.send("carol@corp.test", "peggy@corp.test", subject=f"question-{number}")
    text = world.found("carol@corp.test", "out-of-office")
    assert b"Return-Path: <>" in text and b"\r\nAuto-Submitted: auto-replied" in text
    assert b"From: <peggy@corp.test>" in text or b"From: peggy@corp.test" in text
    world.found("peggy@corp.test", "question-2")
    assert world.subjects("carol@corp.test", "out-of-office") == 1


@pytest.mark.clause("B4.10")
def test_a_forward_that_a_program_set_is_shown_to_its_owner_and_ended_by_a_button(world: Running) -> None:
    owner = "mike@corp.test"
    with ManageSieve(world, owner) as sieve:
        sieve.use("轉寄", 'require "copy"; redirect :copy "stranger@outside.test";\r\n')
    browser = Browser(world)
    assert browser.sign_in(owner, PASSWORD)
    page = browser.get("/mailbox/rules")[1]
    assert "stranger@outside.test" in page and "公司外部" in page and "轉寄" in page
    browser.post("/mailbox/rules/off", "/mailbox/rules")
    eventually(lambda: "沒有執行任何規則" in browser.get("/mailbox/rules")[1], 15, "no rule")
    with ManageSieve(world, owner) as sieve:
        assert '"轉寄"' in sieve.listed() and '"轉寄" ACTIVE' not in sieve.listed(), "it stays to be read"
