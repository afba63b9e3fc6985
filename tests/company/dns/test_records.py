"""Which records a domain needs, as a pure function."""

from __future__ import annotations

from dataclasses import replace

import pytest
from dnslib import RR

from hongyan.company.dns.records import Host, MailDomain, Record, in_zone, records_for, zone_line
from hongyan.company.dns.sts import policy_id, policy_text
from hongyan.kernel.instance import STANDARD_PORTS
from hongyan.kernel.wording import LOCALES, catalogue

DOMAIN = MailDomain("corp.test", "hy202611", "v=DKIM1; k=rsa; p=" + "A" * 392)
HOST = Host("mail.corp.test", STANDARD_PORTS, address="192.0.2.7", spki_sha256="ab" * 32)


def by_name(records: tuple[Record, ...]) -> dict[tuple[str, str], Record]:
    return {(record.name, record.type): record for record in records}


def test_every_kind_of_record_is_there_once_with_its_reason() -> None:
    records = records_for(DOMAIN, HOST)
    assert len(by_name(records)) == len(records)
    assert [(r.name.removesuffix("corp.test"), r.type, r.value) for r in records if r.rule != "dkim"] == [
        ("", "MX", "10 mail.corp.test."),
        ("", "TXT", "v=spf1 mx -all"),
        ("_dmarc.", "TXT", "v=DMARC1; p=quarantine; rua=mailto:postmaster@corp.test"),
        ("_mta-sts.", "TXT", f"v=STSv1; id={policy_id('testing', 'mail.corp.test')};"),
        ("mta-sts.", "CNAME", "mail.corp.test."),
        ("_smtp._tls.", "TXT", "v=TLSRPTv1; rua=mailto:postmaster@corp.test"),
        ("_imaps._tcp.", "SRV", "0 1 993 mail.corp.test."),
        ("_submissions._tcp.", "SRV", "0 1 465 mail.corp.test."),
        ("_submission._tcp.", "SRV", "10 1 587 mail.corp.test."),
        ("_pop3s._tcp.", "SRV", "10 1 995 mail.corp.test."),
        ("_sieve._tcp.", "SRV", "0 1 4190 mail.corp.test."),
        ("autoconfig.", "CNAME", "mail.corp.test."),
        ("autodiscover.", "CNAME", "mail.corp.test."),
        ("_autodiscover._tcp.", "SRV", "0 1 443 mail.corp.test."),
        ("mail.", "A", "192.0.2.7"),
        ("mail.", "CAA", '0 issue "letsencrypt.org"'),
        ("_25._tcp.mail.", "TLSA", "3 1 1 " + "ab" * 32),
    ]
    assert all(set(catalogue()[record.why]) == set(LOCALES) for record in records)


def test_only_what_is_offered_is_announced() -> None:
    ports = {name: port for name, port in STANDARD_PORTS.items() if name not in ("pop3s", "sieve")} | {"submission": 0}
    names = {r.name.partition(".")[0] for r in records_for(DOMAIN, replace(HOST, ports=ports)) if r.type == "SRV"}
    assert names == {"_imaps", "_submissions", "_autodiscover"}


def test_a_zone_file_is_read_back_as_it_was_meant() -> None:
    for record in records_for(DOMAIN, HOST):
        (parsed,) = RR.fromZone(zone_line(record))
        assert str(parsed.rname) == record.name + "."
        value = str(parsed.rdata)
        if record.type == "TXT":
            assert b"".join(parsed.rdata.data).decode() == record.value
            assert all(len(part) <= 255 for part in parsed.rdata.data)  # RFC 1035 3.3.14
        else:
            assert value.lower() == record.value.lower()


def test_an_address_that_is_not_known_is_a_comment_to_be_filled_in() -> None:
    lines = [zone_line(record) for record in records_for(DOMAIN, replace(HOST, address=""))]
    assert [line for line in lines if line.startswith(";")] == [";mail.corp.test. 3600 IN A "]


def test_the_hosts_own_records_may_belong_to_another_zone() -> None:
    records = records_for(replace(DOMAIN, name="branch.example"), HOST)
    outside = {record.type for record in records if not in_zone(record, "branch.example")}
    assert outside == {"A", "CAA", "TLSA"}
    assert not in_zone(replace(records[0], name="notbranch.example"), "branch.example")


def test_another_policy_has_another_id() -> None:
    ids = {policy_id(mode, host) for mode in ("testing", "enforce", "none") for host in ("a.test", "b.test")}
    assert len(ids) == 6
    assert all(len(i) <= 32 and i.isalnum() for i in ids)  # RFC 8461 3.1


@pytest.mark.parametrize("mode", ["testing", "enforce", "none"])
def test_a_policy_reads_as_the_rfc_writes_it(mode: str) -> None:
    lines = policy_text(mode, "mail.corp.test").split("\r\n")
    assert lines[:3] == ["version: STSv1", f"mode: {mode}", "mx: mail.corp.test"]
    assert lines[3].startswith("max_age: ") and 0 < int(lines[3][9:]) <= 31557600 and lines[4:] == [""]
