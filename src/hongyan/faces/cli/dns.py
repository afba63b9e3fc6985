"""`dns DOMAIN`: the records to publish for a domain, each with its reason; `--zone`, `--check`.

A check asks the system's resolver, the instance's, or the one named; only what the instance's own sees is kept as the
domain's state.
"""

from __future__ import annotations

from typing import Any

from hongyan.company.dns import actions, queries
from hongyan.company.dns.check import Finding, check, overall
from hongyan.company.dns.host import host_of
from hongyan.company.dns.records import Record, in_zone, zone_line
from hongyan.company.people.models import Domain
from hongyan.company.people.queries import find_domain
from hongyan.faces.cli.context import actor
from hongyan.faces.cli.output import Output
from hongyan.faces.cli.registry import Namespace, Subparsers
from hongyan.kernel.address import parse_domain
from hongyan.kernel.instance import STANDARD_PORTS, Instance, load


def register(sub: Subparsers) -> None:
    parser = sub.add_parser("dns", help="the DNS records to publish for a domain")
    parser.add_argument("domain", metavar="DOMAIN")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--zone", action="store_true", help="as a zone file alone, without the reasons")
    form.add_argument(
        "--check", action="store_true", help="compare with what a resolver says; exit code 1 if mail suffers"
    )
    form.add_argument("--mta-sts", metavar="MODE", default="", help="set the MTA-STS policy: testing, enforce or none")
    parser.add_argument("--resolver", metavar="IP[:PORT]", default="", help="ask this one (with --check)")
    parser.set_defaults(run=run_dns)


def run_dns(args: Namespace, out: Output) -> int:
    domain, instance = find_domain(parse_domain(args.domain)), load(args.dir)
    if args.mta_sts:
        actions.set_sts_mode(actor=actor(), domain=domain, mode=args.mta_sts)
    if args.check:
        return _run_check(domain, instance, args.resolver, out)
    records = queries.records_of(domain, instance)
    rows = [_row(record, out) for record in records]
    out.result(rows, lambda: _zone(records, domain) if args.zone else _text(records, domain, instance, out))
    return 0


def _row(record: Record, out: Output) -> dict[str, Any]:
    names = ("name", "type", "value", "need")
    return {name: getattr(record, name) for name in names} | {"why": out.say(record.why)}


def _zone(records: tuple[Record, ...], domain: Domain) -> str:
    """Only what stands in the domain's own zone."""
    return "\n".join(zone_line(record) for record in records if in_zone(record, domain.name))


def _text(records: tuple[Record, ...], domain: Domain, instance: Instance, out: Output) -> str:
    blocks = []
    for inside in (True, False):
        part = [record for record in records if in_zone(record, domain.name) == inside]
        if part and not inside:
            blocks.append(f";; {out.say('dns.zone_host', host=instance.hostname)}")
        blocks += [f"; {out.say(f'dns.need.{r.need}')}: {out.say(r.why)}\n{zone_line(r)}" for r in part]
    if instance.ports["smtp"] != STANDARD_PORTS["smtp"]:
        blocks.append(f"; {out.say('dns.not_standard')}")
    return "\n\n".join(blocks)


def _run_check(domain: Domain, instance: Instance, server: str, out: Output) -> int:
    from hongyan.company.dns.resolver import Resolver  # only here: a tenth of a second

    findings = check(queries.records_of(domain, instance), host_of(instance), Resolver(server or instance.resolver))
    if not server or server == instance.resolver:
        actions.note_check(actor=actor(), domain=domain, findings=findings, server=instance.resolver)
    state = overall(findings)
    document = {"domain": domain.name, "state": state, "records": [_finding_row(f, out) for f in findings]}
    lines = [line for finding in findings for line in _finding_lines(finding, out)]
    out.result(document, lambda: "\n".join([*lines, "", out.say(f"dns.overall.{state}", domain=domain.name)]))
    return 1 if state == "wrong" else 0


def _finding_row(finding: Finding, out: Output) -> dict[str, Any]:
    how = out.tell(finding.how) if finding.how else ""
    return _row(finding.record, out) | {"state": finding.state, "found": list(finding.found), "how": how}


def _finding_lines(finding: Finding, out: Output) -> list[str]:
    record = finding.record
    lines = [f"{out.say(f'dns.state.{finding.state}')}  {record.type} {record.name}"]
    if finding.how:
        lines.append(f"    {out.tell(finding.how)}")
    if finding.state == "different":
        lines.append(f"    {out.say('dns.found', found=' | '.join(finding.found)[:300])}")
    if finding.state in ("missing", "different") and record.value:
        lines.append(f"    {zone_line(record)}")
    return lines
