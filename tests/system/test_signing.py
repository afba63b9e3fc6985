"""DKIM on what leaves; SPF, DKIM and DMARC on what arrives (RFC 7208, RFC 6376, RFC 7489, RFC 8601)."""

from __future__ import annotations

import re
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.system import dkim
from tests.system.hands import Running, answer
from tests.system.names import Names

FRANK = "frank@corp.test"
HOST = "mail.corp.test"


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def outside(zone: Names) -> Names:
    """Three other companies: one in order, one whose mail never comes from here, one that does not mind."""
    for name, spf, policy in (
        ("good.test", "v=spf1 ip4:127.0.0.1 -all", "reject"),
        ("strict.test", "v=spf1 ip4:192.0.2.7 -all", "reject"),
        ("careful.test", "v=spf1 ip4:192.0.2.7 ~all", "quarantine"),
        ("lax.test", "v=spf1 ip4:192.0.2.7 -all", "none"),
    ):
        zone.text(name, spf)
        zone.text(f"_dmarc.{name}", f"v=DMARC1; p={policy}; adkim=r; aspf=r")
        zone.text(f"s1._domainkey.{name}", dkim.key_record(key()))
        zone.address(name, "192.0.2.7")
    return zone


def letter(domain: str, subject: str, body: str = "Good day.\r\n") -> bytes:
    return (
        f"From: Writer <writer@{domain}>\r\nTo: {FRANK}\r\nSubject: {subject}\r\n"
        f"Date: Tue, 24 Nov 2026 09:00:00 +0000\r\nMessage-ID: <{subject}@{domain}>\r\n\r\n{body}"
    ).encode()


def verdicts(text: bytes) -> str:
    """The Authentication-Results that our host wrote, unfolded: exactly one."""
    head = re.sub(rb"\r\n[ \t]+", b" ", text.partition(b"\r\n\r\n")[0]).decode()
    found = re.findall(rf"(?mi)^Authentication-Results: {re.escape(HOST)};(.*)$", head)
    assert len(found) == 1, head
    return str(found[0])


@pytest.mark.clause("R3")
def test_the_signature_made_at_submission_holds(world: Running, zone: Names) -> None:
    record = next(r for r in world.run("dns", "corp.test") if "_domainkey" in r["name"])
    selector = record["name"].partition(".")[0]
    body = "第一行  \n\n.單獨的點\n trailing \t\n\n\n"
    world.send("alice@corp.test", FRANK, subject="signed-one", body=body)
    text = world.found(FRANK, "signed-one")
    assert dkim.verify(text, "corp.test", selector, record["value"])
    assert "auth=pass" in verdicts(text)
    for before, after in ((b"signed-one", b"changed-one"), (b"From: alice@", b"From: elice@")):
        assert not dkim.verify(text.replace(before, after), "corp.test", selector, record["value"])
    other = world.run("dns", "other.test")
    assert not dkim.verify(text, "corp.test", selector, next(r["value"] for r in other if "_domainkey" in r["name"]))


@pytest.mark.clause("R1", "R3")
def test_each_domain_signs_with_its_own_key(world: Running) -> None:
    record = next(r for r in world.run("dns", "other.test") if "_domainkey" in r["name"])
    world.send("charlie@other.test", FRANK, subject="signed-by-other")
    text = world.found(FRANK, "signed-by-other")
    assert dkim.verify(text, "other.test", record["name"].partition(".")[0], record["value"])


@pytest.mark.clause("R3")
def test_our_own_mail_passes_at_another_company_of_ours(world: Running, zone: Names) -> None:
    """What was signed here and comes in again from outside is found valid by its published key."""
    record = next(r for r in world.run("dns", "corp.test") if "_domainkey" in r["name"])
    zone.text(record["name"], record["value"])
    world.send("alice@corp.test", FRANK, subject="round-trip")
    with world.mx() as client:
        signed = world.found(FRANK, "round-trip")
        signed = signed[signed.index(b"DKIM-Signature") :].replace(b"Authentication-Results", b"X-Before")
        assert answer(client, "alice@corp.test", ["charlie@other.test"], signed)[0] == 250
    assert "dkim=pass header.d=corp.test" in verdicts(world.found("charlie@other.test", "round-trip"))


@pytest.mark.clause("R3", "P6")
def test_verdicts_on_arrival_name_our_host(world: Running, outside: Names) -> None:
    with world.mx() as client:
        signed = dkim.sign(letter("good.test", "verdict-good"), "good.test", "s1", key())
        assert answer(client, "writer@good.test", [FRANK], signed)[0] == 250
        found = verdicts(world.found(FRANK, "verdict-good"))
        assert "dkim=pass" in found and "spf=pass" in found and "dmarc=pass" in found

        assert answer(client, "writer@lax.test", [FRANK], letter("lax.test", "verdict-lax"))[0] == 250
        found = verdicts(_anywhere(world, "verdict-lax"))
        assert "spf=fail" in found and "dmarc=fail" in found and "dkim=none" in found

        signed = dkim.sign(letter("lax.test", "verdict-torn"), "lax.test", "s1", key())
        assert answer(client, "writer@lax.test", [FRANK], signed.replace(b"Good day", b"Bad day"))[0] == 250
        assert "dkim=fail" in verdicts(_anywhere(world, "verdict-torn"))


@pytest.mark.clause("R3", "P6")
def test_dmarc_is_obeyed(world: Running, outside: Names) -> None:
    """p=reject is refused, p=quarantine goes to Junk; a valid signature makes up for the wrong sender network."""
    with world.mx() as client:
        code, text = answer(client, "writer@strict.test", [FRANK], letter("strict.test", "dmarc-reject"))
        assert 550 <= code <= 554, text
        assert answer(client, "writer@careful.test", [FRANK], letter("careful.test", "dmarc-careful"))[0] == 250
        signed = dkim.sign(letter("strict.test", "dmarc-signed"), "strict.test", "s1", key())
        assert answer(client, "writer@strict.test", [FRANK], signed)[0] == 250
    world.found(FRANK, "dmarc-careful", folder="Junk")
    assert "dmarc=pass" in verdicts(_anywhere(world, "dmarc-signed"))
    assert world.subjects(FRANK, "dmarc-reject") + world.subjects(FRANK, "dmarc-reject", "Junk") == 0


@pytest.mark.clause("P6")
def test_verdicts_that_a_stranger_wrote_in_our_name_are_removed(world: Running, outside: Names) -> None:
    """RFC 8601 5: only what our own host found may stand there under its name."""
    forged = f"Authentication-Results: {HOST}; dmarc=pass; spf=pass; dkim=pass header.d=corp.test\r\n".encode()
    with world.mx() as client:
        assert answer(client, "writer@lax.test", [FRANK], forged + letter("lax.test", "verdict-forged"))[0] == 250
    found = verdicts(_anywhere(world, "verdict-forged"))
    assert "dmarc=fail" in found and "pass" not in found


def _anywhere(world: Running, subject: str) -> bytes:
    try:
        return world.found(FRANK, subject, seconds=2)
    except AssertionError:
        return world.found(FRANK, subject, folder="Junk")
