"""`token` and `webhook` at the shell."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from hongyan.faces.cli import tokens, webhooks
from hongyan.faces.cli.output import Output
from hongyan.faces.cli.registry import Parser
from hongyan.kernel import clock
from hongyan.kernel.decision import Refusal
from tests.cast import Cast

Shell = Any


@pytest.fixture
def shell(cast: Cast, capsys: pytest.CaptureFixture[str]) -> Shell:
    """What a command with --json answers."""

    def call(*words: str) -> Any:
        parser = Parser()
        sub = parser.add_subparsers()
        tokens.register(sub)
        webhooks.register(sub)
        args = parser.parse_args(words)
        args.run(args, Output(json_mode=True, locale="en"))
        return json.loads(capsys.readouterr().out)

    return call


def test_a_token_is_told_once_listed_and_revoked(shell: Shell) -> None:
    day = (clock.today() + timedelta(days=10)).isoformat()
    made = shell("token", "add", "--role", "it", "--scope", "corp/總公司/信息部", "--expires", day, "--name", "Badges")
    assert made["token"].startswith("hy_") and made["scope"] == "corp/總公司/信息部" and made["expires_on"] == day
    listed = shell("token", "list", "--company", "corp")
    assert [(t["name"], t["state"], "token" in t) for t in listed] == [("Badges", "active", False)]
    assert shell("token", "revoke", str(made["id"])) == {"id": made["id"], "state": "revoked"}
    assert [t["state"] for t in shell("token", "list")] == ["revoked"]


def test_a_token_for_the_whole_machine_has_a_last_day_by_itself(shell: Shell) -> None:
    made = shell("token", "add", "--role", "system", "--scope", "*")
    assert made["scope"] == "*" and made["expires_on"] == (clock.today() + timedelta(days=tokens.DAYS)).isoformat()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--role", "office", "--scope", "nobody"), "company.unknown"),
        (("--role", "office", "--scope", "corp/"), "token.scope_malformed"),
        (("--role", "office", "--scope", "corp/總公司"), "token.role_has_no_unit"),
        (("--role", "scoped", "--scope", "corp"), "token.unit_needed"),
        (("--role", "office", "--scope", "corp", "--expires", "2020-01-01"), "token.expiry_range"),
        (("--role", "office", "--scope", "corp", "--expires", "2999-01-01"), "token.expiry_range"),
        (("--role", "hr", "--scope", "corp", "--only", "audit.read"), "token.permission_unknown"),
        (("--role", "hr", "--scope", "corp", "--per-minute", "0"), "token.rate_range"),
    ],
)  # fmt: skip
def test_a_token_that_cannot_be_is_refused(shell: Shell, words: tuple[str, ...], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        shell("token", "add", *words)
    assert refused.value.code == code


def test_a_webhook_lives_at_the_shell(shell: Shell) -> None:
    made = shell("webhook", "add", "https://badges.example/hook", "--company", "corp", "--kind", "mailbox.*")
    number = str(made["id"])
    assert made["secret"].startswith("whsec_") and shell("webhook", "rotate", number)["secret"] != made["secret"]
    sent = shell("webhook", "test", number)
    assert shell("webhook", "resend", number, sent["message"])["state"] == "waiting"
    shown = shell("webhook", "show", number)
    assert [d["kind"] for d in shown["deliveries"]] == ["webhook.test"] and "secret" not in shown
    assert shell("webhook", "disable", number)["state"] == "disabled"
    assert shell("webhook", "enable", number)["state"] == "active"
    assert [w["url"] for w in shell("webhook", "list", "--company", "corp")] == ["https://badges.example/hook"]
    shell("webhook", "remove", number)
    assert shell("webhook", "list", "--company", "corp") == []
