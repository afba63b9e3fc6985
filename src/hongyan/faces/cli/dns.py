"""`dns DOMAIN`: the records to publish for a domain, each with its reason."""

from __future__ import annotations

from typing import NamedTuple

from hongyan.company.people.dkim import dns_value
from hongyan.company.people.queries import find_domain
from hongyan.faces.cli.output import Output
from hongyan.faces.cli.registry import Namespace, Subparsers
from hongyan.kernel.address import parse_domain
from hongyan.kernel.instance import load


class Record(NamedTuple):
    name: str
    type: str
    value: str
    why: str  #: code of the sentence that says what it is for


def register(sub: Subparsers) -> None:
    parser = sub.add_parser("dns", help="the DNS records to publish for a domain")
    parser.add_argument("domain", metavar="DOMAIN")
    parser.set_defaults(run=run_dns)


def run_dns(args: Namespace, out: Output) -> None:
    domain = find_domain(parse_domain(args.domain))
    host = load(args.dir).hostname
    records = [
        Record(domain.name, "MX", f"10 {host}.", "dns.mx"),
        Record(domain.name, "TXT", "v=spf1 mx -all", "dns.spf"),
        Record(f"{domain.selector}._domainkey.{domain.name}", "TXT", dns_value(domain.dkim_key), "dns.dkim"),
        Record(
            f"_dmarc.{domain.name}", "TXT", f"v=DMARC1; p=quarantine; rua=mailto:postmaster@{domain.name}", "dns.dmarc"
        ),
    ]
    out.result(
        [{**r._asdict(), "why": out.say(r.why)} for r in records],
        lambda: "\n\n".join(f"; {out.say(r.why)}\n{_zone_line(r)}" for r in records),
    )


def _zone_line(record: Record) -> str:
    """A zone file's line; a text of more than 255 octets is several strings (RFC 1035 3.3.14)."""
    value = record.value
    if record.type == "TXT":
        value = " ".join(f'"{value[i : i + 250]}"' for i in range(0, len(value), 250))
    return f"{record.name}. IN {record.type} {value}"
