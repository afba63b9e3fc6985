"""Where a webhook may go, and where it may not, in every disguise."""

from __future__ import annotations

import socket
from ipaddress import ip_address

import pytest

from hongyan.company.webhooks import targets
from hongyan.kernel.decision import Refusal

INSIDE = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "10.0.0.5", "172.16.3.4", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "[::1]", "[::]", "[fe80::1]", "[fd00::1]", "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[ff02::1]", "localhost", "LOCALHOST", "localhost.",
]  # fmt: skip


@pytest.mark.parametrize("host", INSIDE)
def test_the_inside_is_refused(host: str) -> None:
    with pytest.raises(Refusal) as refused:
        targets.parse(f"https://{host}/hook", ())
    assert refused.value.code == "webhook.url_private"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://badges.example/", "webhook.url_insecure"), ("ftp://badges.example/", "webhook.url_malformed"),
        ("https:///hook", "webhook.url_malformed"), ("badges.example", "webhook.url_malformed"),
        ("https://user:pw@badges.example/", "webhook.url_malformed"), ("https://badges.example/a b", "webhook.url_malformed"),
        ("https://badges.example/\r\nX: y", "webhook.url_malformed"), ("https://badges.example:99999/", "webhook.url_malformed"),
        ("https://[::1", "webhook.url_malformed"), ("https://badges.example/#part", "webhook.url_malformed"),
        ("https://badges.example/" + "x" * 500, "webhook.url_malformed"), ("javascript:alert(1)", "webhook.url_malformed"),
    ],
)  # fmt: skip
def test_what_is_no_target_is_refused(url: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        targets.parse(url, ())
    assert refused.value.code == code


def answers(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def look_up(*asked: object, **more: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def test_a_name_is_looked_up_and_its_address_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, "93.184.215.14", "93.184.215.15")
    target = targets.parse("https://badges.example/hook?x=1", ())
    assert (target.secure, target.host, target.port, target.path) == (True, "badges.example", 443, "/hook?x=1")
    assert targets.resolve(target, ()) == "93.184.215.14"


@pytest.mark.parametrize("addresses", [("10.0.0.5",), ("93.184.215.14", "127.0.0.1"), ("::ffff:10.0.0.1",)])
def test_a_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]) -> None:
    answers(monkeypatch, *addresses)
    with pytest.raises(Refusal, match=r"webhook\.url_private"):
        targets.resolve(targets.parse("https://badges.example/", ()), ())


def test_the_operator_may_name_hosts_and_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, "10.1.2.3")
    allow = ("erp.corp.internal", "10.1.0.0/16")
    for url in ("http://erp.corp.internal/", "https://10.1.2.3/", "http://10.1.2.3:8080/", "https://other.example/"):
        assert targets.resolve(targets.parse(url, allow), allow) == "10.1.2.3"
    for url in ("https://10.2.0.1/", "https://127.0.0.1/"):
        with pytest.raises(Refusal, match=r"webhook\.url_private"):
            targets.parse(url, allow)
    with pytest.raises(Refusal, match=r"webhook\.url_insecure"):
        targets.parse("http://other.example/", allow)


def test_the_open_internet_is_public() -> None:
    assert all(targets.public(ip_address(a)) for a in ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"))
