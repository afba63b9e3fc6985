"""`queue`: list, show, retry, delete: mail that waits to be delivered.

Never: shows a subject or a text. Always: who looked, retried or deleted stands in the audit.
"""

from __future__ import annotations

from typing import Any

from hongyan.engines import queue
from hongyan.engines.desk import actions
from hongyan.faces.cli.context import actor
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.registry import Namespace, Subparsers
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import load

MOST = 10_000


def register(sub: Subparsers) -> None:
    waiting = sub.add_parser("queue", help="mail that waits to be delivered").add_subparsers(
        metavar="ACTION", required=True
    )
    listed = waiting.add_parser("list", help="what waits, and why")
    listed.add_argument("--text", default="", help="in the sender, a recipient or what the other side said")
    listed.set_defaults(run=run_list)
    show = waiting.add_parser("show", help="envelope and routing headers of one message")
    show.add_argument("id", metavar="ID")
    show.set_defaults(run=run_show)
    retry = waiting.add_parser("retry", help="try these now")
    retry.add_argument("ids", metavar="ID", nargs="+")
    retry.set_defaults(run=run_retry)
    delete = waiting.add_parser("delete", help="remove these for good; nobody is told")
    delete.add_argument("ids", metavar="ID", nargs="+")
    delete.add_argument("--reason", required=True, help="kept in the audit")
    delete.set_defaults(run=run_delete)


def _document(message: queue.Message) -> dict[str, Any]:
    return {
        "id": message.id, "state": message.queue, "arrived": message.arrived.isoformat(), "size": message.size,
        "sender": message.sender, "recipients": [{"address": w.address, "reason": w.reason} for w in message.recipients],
    }  # fmt: skip


def run_list(args: Namespace, out: Output) -> None:
    page = queue.read_page(load(args.dir), queue.Wanted(text=args.text), limit=MOST)
    out.result(
        {
            "count": page.count, "at": page.at.isoformat() if page.at else None,
            "messages": [_document(m) for m in page.messages],
        },
        lambda: table(
            [
                (m.id, m.queue, m.sender or "<>", ", ".join(w.address for w in m.recipients[:3]), m.reason[:60])
                for m in page.messages
            ]
        ),
    )  # fmt: skip


def run_show(args: Namespace, out: Output) -> None:
    instance = load(args.dir)
    message = actions.find_message(actor=actor(), instance=instance, identifier=args.id)
    answer = actions.look_at_message(actor=actor(), instance=instance, identifier=args.id)
    if answer is None or answer.get("headers") is None:
        raise Refusal("queue.unknown", id=args.id[:20])
    headers = [(str(name), str(value)) for name, value in answer["headers"]]
    lines = [f"{message.sender or '<>'} -> {', '.join(w.address for w in message.recipients)}"]
    out.result(
        _document(message) | {"headers": headers}, lambda: "\n".join([*lines, *(f"{n}: {v}" for n, v in headers)])
    )


def run_retry(args: Namespace, out: Output) -> None:
    count = actions.retry_messages(actor=actor(), instance=load(args.dir), identifiers=args.ids)
    out.result({"retried": count}, str(count))


def run_delete(args: Namespace, out: Output) -> None:
    count = actions.delete_messages(actor=actor(), instance=load(args.dir), identifiers=args.ids, reason=args.reason)
    out.result({"deleted": count}, str(count))
