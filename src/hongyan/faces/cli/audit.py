"""`audit`: list events, verify the chains."""

from __future__ import annotations

from dataclasses import asdict

from hongyan.evidence.audit import queries
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.registry import Namespace, Subparsers
from hongyan.kernel.ledger import INSTANCE


def register(sub: Subparsers) -> None:
    audit = sub.add_parser("audit", help="what happened").add_subparsers(metavar="ACTION", required=True)
    events = audit.add_parser("list", help="events, newest first")
    events.add_argument("--company", metavar="SLUG", default=INSTANCE, help="without it, the instance's own events")
    events.add_argument("--subject", default="", help="an address, a person, a domain")
    events.add_argument("--kind", default="", help="matches from its start: signin, mail.refused")
    events.add_argument("--limit", type=int, default=100)
    events.set_defaults(run=run_list)
    verify = audit.add_parser("verify", help="prove that no event was changed, removed or reordered")
    verify.add_argument("--company", metavar="SLUG", default="")
    verify.set_defaults(run=run_verify)


def run_list(args: Namespace, out: Output) -> None:
    events = queries.list_events(args.company, subject=args.subject, kind=args.kind)[: args.limit]
    rows = [
        {
            "seq": e.seq,
            "at": e.at.isoformat(),
            "kind": e.kind,
            "actor": e.actor,
            "subject": e.subject,
            "params": e.params,
        }
        for e in events
    ]
    out.result(
        rows,
        lambda: table([(str(e.seq), f"{e.at:%Y-%m-%d %H:%M:%S}", e.kind, e.actor, e.subject) for e in events]),
    )


def run_verify(args: Namespace, out: Output) -> int:
    verified = [queries.verify(chain) for chain in ([args.company] if args.company else queries.chains())]
    flaws = [flaw for v in verified for flaw in v.flaws]
    document = {
        "intact": not flaws,
        "chains": [{"chain": v.chain, "events": v.events, "head": v.head} for v in verified],
        "flaws": [asdict(f) for f in flaws],
    }
    out.result(
        document,
        lambda: table(
            [(v.chain, str(v.events), v.head[:16], "ok" if not v.flaws else f"{v.flaws[0].kind} at {v.flaws[0].seq}")
             for v in verified]
        ),
    )  # fmt: skip
    if flaws:
        out.progress(out.say("audit.flawed", count=len(flaws), chain=flaws[0].chain, seq=flaws[0].seq))
    return 1 if flaws else 0
