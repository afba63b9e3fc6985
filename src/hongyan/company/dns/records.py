"""The records that a mail domain needs, each with its reason: a pure function of names, ports and keys.

Owns: the list, its order, how a record is written in a zone file.
Never: asks a name server (`check.py`), reads rows or files (`queries.py`, `host.py`).
Always: a service is announced only when this instance offers it, and with TLS alone.
Standards: RFC 5321 5 (MX), 7208 (SPF), 6376 (DKIM), 7489 (DMARC), 6186 and 8314 (SRV), 5804 (_sieve), 8461 (MTA-STS),
8460 (TLSRPT), 8659 (CAA), 6698 and 7672 (TLSA).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from hongyan.company.dns.sts import policy_id

#: needed: mail fails or is distrusted without it. useful: people or other servers miss it. extra: where one wants it.
Need = Literal["needed", "useful", "extra"]
Type = Literal["MX", "TXT", "SRV", "CNAME", "CAA", "TLSA", "A"]
DEFAULT_AUTHORITY: Final = "letsencrypt.org"
#: Names below the domain at which this host's web answers (`faces/setup`).
WEB_NAMES: Final = ("autoconfig", "autodiscover", "mta-sts")
TTL: Final = 3600
_STRING = 250  #: octets of one string of a TXT record (RFC 1035 3.3.14: up to 255)


@dataclass(frozen=True, slots=True)
class Host:
    """The mail host as the world meets it."""

    name: str
    ports: Mapping[str, int]
    address: str = ""  #: its public IPv4 address, when the instance knows it
    web_port: int = 443
    authority: str = ""  #: CAA name of the public authority of the certificate; empty: its own, or not known
    spki_sha256: str = ""  #: hex, of the certificate's public key
    names: frozenset[str] = frozenset()  #: that the certificate is for; empty: not known


@dataclass(frozen=True, slots=True)
class MailDomain:
    name: str
    selector: str
    dkim: str  #: value of the DKIM record
    sts_mode: str = "testing"


@dataclass(frozen=True, slots=True)
class Record:
    name: str  #: without the closing dot
    type: Type
    value: str  #: as in a zone file; a TXT without quotes
    why: str  #: code of the sentence that says what it is for
    need: Need
    #: What the check looks at where the value alone does not tell (`check.py`): spf, dkim, dmarc, ...
    rule: str
    of_host: bool = False  #: belongs to the zone of the mail host, which may be another one


def records_for(domain: MailDomain, host: Host) -> tuple[Record, ...]:
    """In the order of a zone file: receiving, sending, how others send to us, finding the servers, the host's own."""
    return (*_mail(domain, host), *_transport(domain, host), *_finding(domain, host), *_host(host))


def _mail(domain: MailDomain, host: Host) -> Iterator[Record]:
    name = domain.name
    yield Record(name, "MX", f"10 {host.name}.", "dns.mx", "needed", "mx")
    yield Record(name, "TXT", "v=spf1 mx -all", "dns.spf", "needed", "spf")
    yield Record(f"{domain.selector}._domainkey.{name}", "TXT", domain.dkim, "dns.dkim", "needed", "dkim")
    policy = f"v=DMARC1; p=quarantine; rua=mailto:postmaster@{name}"
    yield Record(f"_dmarc.{name}", "TXT", policy, "dns.dmarc", "needed", "dmarc")


def _transport(domain: MailDomain, host: Host) -> Iterator[Record]:
    name = domain.name
    need: Need = "extra" if domain.sts_mode == "none" else "useful"
    value = f"v=STSv1; id={policy_id(domain.sts_mode, host.name)};"
    yield Record(f"_mta-sts.{name}", "TXT", value, "dns.sts", need, "sts")
    yield Record(f"mta-sts.{name}", "CNAME", f"{host.name}.", "dns.sts_host", need, "host")
    report = f"v=TLSRPTv1; rua=mailto:postmaster@{name}"
    yield Record(f"_smtp._tls.{name}", "TXT", report, "dns.tlsrpt", "useful", "tlsrpt")


#: (service, port of the instance, priority, reason). RFC 8314 prefers TLS from the first octet.
_SERVICES: Final = (
    ("_imaps", "imaps", 0, "dns.srv_imaps"),
    ("_submissions", "submissions", 0, "dns.srv_submissions"),
    ("_submission", "submission", 10, "dns.srv_submission"),
    ("_pop3s", "pop3s", 10, "dns.srv_pop3s"),
    ("_sieve", "sieve", 0, "dns.srv_sieve"),
)


def _finding(domain: MailDomain, host: Host) -> Iterator[Record]:
    name = domain.name
    for service, port, priority, why in _SERVICES:
        if number := host.ports.get(port, 0):
            yield Record(f"{service}._tcp.{name}", "SRV", f"{priority} 1 {number} {host.name}.", why, "useful", "srv")
    yield Record(f"autoconfig.{name}", "CNAME", f"{host.name}.", "dns.autoconfig", "useful", "host")
    yield Record(f"autodiscover.{name}", "CNAME", f"{host.name}.", "dns.autodiscover", "useful", "host")
    target = f"0 1 {host.web_port} {host.name}."
    yield Record(f"_autodiscover._tcp.{name}", "SRV", target, "dns.srv_autodiscover", "useful", "srv")


def _host(host: Host) -> Iterator[Record]:
    yield Record(host.name, "A", host.address, "dns.address", "needed", "address", of_host=True)
    issuer = f'0 issue "{host.authority or DEFAULT_AUTHORITY}"'
    yield Record(host.name, "CAA", issuer, "dns.caa", "extra", "caa", of_host=True)
    if host.spki_sha256:
        # DANE-EE, the key alone, SHA-256: any certificate with this key is right (RFC 7671 5.1, RFC 7672 3.1.1).
        value = f"3 1 1 {host.spki_sha256}"
        yield Record(f"_25._tcp.{host.name}", "TLSA", value, "dns.tlsa", "extra", "tlsa", of_host=True)


# -- as a zone file ----------------------------------------------------------------------------------------------
def zone_line(record: Record) -> str:
    """`NAME. TTL IN TYPE VALUE`; a text of more than 255 octets is several strings. A value that is not known is a comment."""
    value = record.value
    if record.type == "TXT":
        value = " ".join(f'"{value[i : i + _STRING]}"' for i in range(0, len(value), _STRING))
    line = f"{record.name}. {TTL} IN {record.type} {value}"
    return line if value else f";{line}"


def in_zone(record: Record, domain: str) -> bool:
    """Whether the record stands in the domain's own zone; the mail host may have another one."""
    return record.name == domain or record.name.endswith(f".{domain}")
