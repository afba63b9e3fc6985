"""Wrong words on the command line: a clear refusal, exit 1, nothing applied."""

from __future__ import annotations

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.resilience import hands
from tests.system.hands import CHECKOUT, Failed, Running, environment

AT_ONCE = 3
#: How many rows of each kind, but for those that the worker writes by itself.
_STATE = """
from django.apps import apps
own = ("JournalMark", "Event", "DomainCheck")
models = [m for m in apps.get_models() if m.__name__ not in own and m._meta.app_label not in ("usage", "finder")]
print({m.__name__: m.objects.count() for m in models})
"""


def run_bytes(house: Running, *words: bytes) -> tuple[int, dict[str, object], str]:
    done = subprocess.run(
        [os.fsencode(CHECKOUT / "hongyan"), *words, b"--json", b"--dir", os.fsencode(house.root)],
        capture_output=True, timeout=60, check=False, env=environment(), stdin=subprocess.DEVNULL,
    )  # fmt: skip
    document = json.loads(done.stdout)
    return done.returncode, document.get("error", {}), done.stderr.decode("utf-8", "strict")


NOT_UTF8 = (
    (b"mailbox", b"open", b"al\xffice@corp.test"),
    (b"mailbox", b"open", "林@corp.test".encode("gb18030")),
    (b"company", b"add", b"third", b"--name", "鴻雁".encode("big5")),
    (b"unit", b"add", "總公司/信息部".encode("utf-16-le").replace(b"\0", b"\xfe"), b"--company", b"corp"),
    (b"person", b"add", b"--company", b"corp", b"--name", b"\xc3("),
    (b"alias", b"add", b"x\x80@corp.test", b"bob@corp.test"),
)
REFUSED = (
    (("company", "add", "corp", "--name", "Again"), "company.taken"),
    (("company", "add", "x" * 41, "--name", "Long"), "company.slug_malformed"),
    (("company", "add", "instance", "--name", "The audit's own chain"), "company.slug_malformed"),
    (("company", "add", "third", "--name", "長" * 201), "company.name_malformed"),
    (("company", "add", "third", "--name", "two\nlines\x07"), "company.name_malformed"),
    (("domain", "add", "corp.test", "--company", "other"), "domain.taken"),
    (("domain", "add", "x-.test", "--company", "corp"), "domain.malformed"),
    (("domain", "add", ".".join(["a" * 60] * 5), "--company", "corp"), "domain.too_long"),
    (("mailbox", "open", "alice@corp.test"), "address.taken"),
    (("mailbox", "open", "ALICE@Corp.Test"), "address.taken"),
    (("mailbox", "open", "a" * 65 + "@corp.test"), "address.too_long"),
    (("mailbox", "open", "a\u0430lice@corp.test"), "address.international"),
    (("mailbox", "open", "alice@nowhere.test"), "domain.unknown"),
    (("mailbox", "open", "a b@corp.test"), "address.malformed"),
    (("mailbox", "open", "a\r\nb@corp.test"), "address.malformed"),
    (("mailbox", "open", "new@corp.test", "--quota", "-1GB"), "usage"),
    (("mailbox", "open", "new@corp.test", "--quota", "0"), "mailbox.quota_range"),
    (("mailbox", "open", "new@corp.test", "--expires", "yesterday"), "date.malformed"),
    (("mailbox", "open", "new@corp.test", "--expires", "2001-01-01"), "mailbox.expiry_past"),
    (("mailbox", "open", "new@corp.test", "--kind", "intern"), "mailbox.intern_needs_expiry"),
    (("mailbox", "open", "new@corp.test", "--person", "99999"), "person.unknown"),
    (("mailbox", "suspend", "nobody@corp.test"), "mailbox.unknown"),
    (("unit", "add", "/".join("單位" for _ in range(13)), "--company", "corp"), "unit.too_deep"),
    (("alias", "add", "alice@corp.test", "bob@corp.test"), "address.taken"),
    (("alias", "add", "new@corp.test", "charlie@other.test"), "address.unknown"),
    (("group", "add", "new@corp.test", "--member", "nobody@corp.test"), "address.unknown"),
    (("release", "rollback", "99999"), "release.unknown"),
)


def test_bytes_that_are_not_utf8(house: Running) -> None:
    before = hands.rows(house, _STATE)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda words: run_bytes(house, *words), NOT_UTF8))
    assert [(code, error.get("code")) for code, error, _ in answers] == [(1, "argument.encoding")] * len(NOT_UTF8)
    assert not [said for _, _, said in answers if "Traceback" in said]
    assert hands.rows(house, _STATE) == before


def refusal_of(house: Running, words: tuple[str, ...]) -> str:
    with pytest.raises(Failed) as refused:
        house.run(*words)
    assert "Traceback" not in refused.value.stderr, words
    assert refused.value.code == (2 if refused.value.error["code"] == "usage" else 1)
    return str(refused.value.error["code"])


def test_duplicates_and_what_is_malformed(house: Running) -> None:
    """Every refusal has its code; nothing is written by it, not even in part."""
    before = hands.rows(house, _STATE)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        codes = list(pool.map(lambda case: refusal_of(house, case[0]), REFUSED))
    assert dict(zip(REFUSED, codes, strict=True)) == {case: case[1] for case in REFUSED}
    assert hands.rows(house, _STATE) == before


def test_an_empty_or_unfit_password_opens_nothing(house: Running) -> None:
    before = hands.rows(house, _STATE)
    for given, code in (
        ("", "password.stdin_empty"),
        ("short\n", "password.unfit"),
        ("a" * 5000 + "\n", "password.unfit"),
    ):
        with pytest.raises(Failed) as refused:
            house.run("mailbox", "open", "new@corp.test", "--password-stdin", stdin=given)
        assert refused.value.error["code"] == code
    assert hands.rows(house, _STATE) == before
