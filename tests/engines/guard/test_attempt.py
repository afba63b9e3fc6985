from __future__ import annotations

from typing import Any

import pytest

from hongyan.engines.guard.attempt import BadRequest, network_of, read


@pytest.mark.parametrize(
    ("remote", "network"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("127.0.0.2", "127.0.0.0/24"),
        ("127.0.0.1", ""),
        ("::ffff:127.0.0.1", ""),
        ("::1", ""),
        ("", ""),
        ("localhost", ""),
    ],
)
def test_networks(remote: str, network: str) -> None:
    assert network_of(remote) == network


def test_reads_what_dovecot_sends() -> None:
    attempt = read(
        {"device_id": '"name" "Foxmail"', "login": "Alice@Corp.Test ", "master": "", "protocol": "imap", "pwhash": "dc29",
         "remote": "203.0.113.9", "session": "KR8Y", "tls": False, "success": False, "policy_reject": False}
    )  # fmt: skip
    assert (attempt.login, attempt.client, attempt.protocol) == ("alice@corp.test", '"name" "Foxmail"', "imap")
    assert attempt.guess


@pytest.mark.parametrize("raw", [None, [], {}, {"login": 1}, {"login": None}])
def test_refuses_what_is_no_attempt(raw: Any) -> None:
    with pytest.raises(BadRequest):
        read(raw)


def test_lengths_are_bounded_and_types_checked() -> None:
    attempt = read({"login": "x" * 100_000, "remote": 5, "protocol": ["imap"], "success": "yes"})
    assert (len(attempt.login), attempt.remote, attempt.protocol, attempt.success) == (254, "", "", False)
