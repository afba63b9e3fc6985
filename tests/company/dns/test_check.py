"""A domain's records before a real name server on loopback: right, missing, different, not reachable."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from hongyan.company.dns.check import Finding, check, overall
from hongyan.company.dns.records import Host, MailDomain, records_for, zone_line
from hongyan.company.dns.resolver import Resolver
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import STANDARD_PORTS
from hongyan.kernel.wording import LOCALES, say
from tests.company.dns.nameserver import Zone, answering

DOMAIN = MailDomain("corp.test", "hy202611", "v=DKIM1; k=rsa; p=" + "A" * 392)
HOST = Host("mail.corp.test", STANDARD_PORTS, address="192.0.2.7", spki_sha256="ab" * 32)
RECORDS = records_for(DOMAIN, HOST)
WHOLE = "\n".join(map(zone_line, RECORDS))


@pytest.fixture(scope="module")
def server() -> Iterator[Zone]:
    with answering() as zone:
        yield zone


@pytest.fixture
def zone(server: Zone) -> Zone:
    server.failing = server.silent = "\0"
    server.fill(WHOLE)
    return server


def look(zone: Zone, seconds: float = 8.0) -> dict[str, Finding]:
    """By `TYPE NAME`, without the domain."""
    findings = check(RECORDS, HOST, Resolver(f"127.0.0.1:{zone.port}", seconds))
    return {f"{f.record.type} {f.record.name.removesuffix('corp.test').rstrip('.')}".strip(): f for f in findings}


def without(*starts: str) -> str:
    return "\n".join(line for line in WHOLE.splitlines() if not line.startswith(starts))


def test_a_zone_as_printed_is_right(zone: Zone) -> None:
    findings = look(zone)
    assert {f.state for f in findings.values()} == {"right"}
    assert overall(findings.values()) == "right"


def test_an_empty_zone_lacks_everything(zone: Zone) -> None:
    zone.fill("")
    findings = look(zone)
    assert {f.state for f in findings.values()} == {"missing"}
    assert overall(findings.values()) == "wrong"


def test_a_useful_record_less_is_told_and_harms_nothing_needed(zone: Zone) -> None:
    zone.fill(without("_sieve.", "autoconfig."))
    findings = look(zone)
    assert {name for name, f in findings.items() if f.state == "missing"} == {"SRV _sieve._tcp", "CNAME autoconfig"}
    assert overall(findings.values()) == "partly"


def test_what_is_optional_does_not_count(zone: Zone) -> None:
    zone.fill("\n".join(zone_line(r) for r in RECORDS if r.need != "extra"))
    findings = look(zone)
    assert {name for name, f in findings.items() if f.state == "missing"} == {"CAA mail", "TLSA _25._tcp.mail"}
    assert overall(findings.values()) == "right"


@pytest.mark.parametrize(
    ("gone", "instead", "name", "how"),
    [
        ("corp.test. 3600 IN MX", "corp.test. IN MX 5 mx.elsewhere.test.", "MX", "mx_other"),
        ("corp.test. 3600 IN MX", "corp.test. IN MX 0 .", "MX", "mx_other"),
        ("x", "corp.test. IN MX 20 backup.elsewhere.test.", "MX", "mx_more"),
        ("x", 'corp.test. IN TXT "v=spf1 include:old.test -all"', "TXT", "twice"),
        ("corp.test. 3600 IN TXT", 'corp.test. IN TXT "v=spf1 include:old.test -all"', "TXT", "spf_stranger"),
        ("corp.test. 3600 IN TXT", 'corp.test. IN TXT "v=spf1 mx ?all"', "TXT", "spf_open"),
        ("hy202611.", 'hy202611._domainkey.corp.test. IN TXT "v=DKIM1; p=BBBB"', "TXT hy202611._domainkey", "dkim_key"),
        ("hy202611.", 'hy202611._domainkey.corp.test. IN TXT "v=DKIM1; p="', "TXT hy202611._domainkey", "dkim_revoked"),
        ("_dmarc.", '_dmarc.corp.test. IN TXT "v=DMARC1; p=none"', "TXT _dmarc", "dmarc_none"),
        ("_dmarc.", '_dmarc.corp.test. IN TXT "v=DMARC1; rua=mailto:a@b.test"', "TXT _dmarc", "dmarc_broken"),
        ("_mta-sts.", '_mta-sts.corp.test. IN TXT "v=STSv1; id=old;"', "TXT _mta-sts", "sts_id"),
        ("_smtp.", '_smtp._tls.corp.test. IN TXT "v=TLSRPTv1"', "TXT _smtp._tls", "tlsrpt_nowhere"),
        ("_imaps.", "_imaps._tcp.corp.test. IN SRV 0 1 143 mail.corp.test.", "SRV _imaps._tcp", "value"),
        ("autoconfig.", "autoconfig.corp.test. IN A 198.51.100.1", "CNAME autoconfig", "elsewhere"),
        ("mail.corp.test. 3600 IN A", "mail.corp.test. IN A 198.51.100.1", "A mail", "value"),
        ("mail.corp.test. 3600 IN CAA", 'corp.test. IN CAA 0 issue "other.example"', "CAA mail", "caa"),
        ("_25.", "_25._tcp.mail.corp.test. IN TLSA 3 1 1 " + "cd" * 32, "TLSA _25._tcp.mail", "tlsa"),
    ],
)
def test_what_is_different_is_said_in_words(zone: Zone, gone: str, instead: str, name: str, how: str) -> None:
    zone.fill(f"{without(gone)}\n{instead}")
    finding = look(zone)[name]
    assert finding.state == "different" and finding.found
    assert finding.how is not None and finding.how.code == f"dns.how.{how}"
    assert all(say(finding.how, locale) for locale in LOCALES)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('corp.test. IN TXT "V=SPF1 a:mail.corp.test include:other.test ~all"', "TXT"),
        ('_dmarc.corp.test. IN TXT "v=DMARC1;p=reject"', "TXT _dmarc"),
        ("autoconfig.corp.test. IN A 192.0.2.7", "CNAME autoconfig"),
    ],
)
def test_other_ways_of_saying_the_same_are_right(zone: Zone, line: str, name: str) -> None:
    start = line.partition(" ")[0]
    zone.fill(without(f"{start} 3600 IN {'TXT' if 'TXT' in line else 'CNAME'}") + "\n" + line)
    assert look(zone)[name].state == "right"


def test_the_certificate_must_be_for_the_names_that_are_asked_by_https(zone: Zone) -> None:
    def states(*names: str) -> dict[str, str]:
        host = replace(HOST, names=frozenset(("mail.corp.test", *names)))
        findings = check(RECORDS, host, Resolver(f"127.0.0.1:{zone.port}"))
        return {
            f.record.name.partition(".")[0]: f.how.code if f.how else f.state
            for f in findings
            if f.record.rule == "host"
        }

    bad = "dns.how.certificate"
    assert states() == {"mta-sts": bad, "autoconfig": bad, "autodiscover": bad}
    assert states("mta-sts.corp.test") == {"mta-sts": "right", "autoconfig": bad, "autodiscover": bad}
    assert states("*.corp.test") == {"mta-sts": "right", "autoconfig": "right", "autodiscover": "right"}


def test_other_texts_at_the_same_name_are_not_ours(zone: Zone) -> None:
    zone.fill(WHOLE + '\ncorp.test. IN TXT "some-site-verification=1"')
    assert look(zone)["TXT"].state == "right"


def test_a_failing_name_server_is_not_taken_for_absence(zone: Zone) -> None:
    zone.failing = "corp.test"
    findings = look(zone)
    assert {(f.state, f.how and f.how.code) for f in findings.values()} == {("unreachable", "dns.how.failed")}
    assert overall(findings.values()) == "unreachable"


def test_a_silent_name_server_ends_the_check_in_time(zone: Zone) -> None:
    zone.silent = "corp.test"
    since = time.monotonic()
    findings = look(zone, seconds=0.6)
    assert time.monotonic() - since < 6
    assert {(f.state, f.how and f.how.code) for f in findings.values()} == {("unreachable", "dns.how.silent")}


def test_nobody_there_is_not_reachable() -> None:
    with answering() as gone:
        pass
    findings = look(gone, seconds=0.4)
    assert {f.state for f in findings.values()} == {"unreachable"}


def test_one_part_of_the_tree_that_fails_leaves_the_rest_told(zone: Zone) -> None:
    zone.failing = "_tcp.corp.test"
    findings = look(zone)
    assert {f.state for name, f in findings.items() if name.startswith("SRV")} == {"unreachable"}
    assert {f.state for name, f in findings.items() if not name.startswith("SRV")} == {"right"}


@pytest.mark.parametrize("server", ["ns.corp.test", "127.0.0.1:99999999", "::::"])
def test_a_resolver_that_is_no_address_is_refused(server: str) -> None:
    with pytest.raises(Refusal) as refused:
        Resolver(server)
    assert refused.value.code == "setup.resolver"
