"""`webhook`: a company's events, told to another program."""

from __future__ import annotations

from hongyan.company.webhooks import actions, queries
from hongyan.company.webhooks.models import Delivery, Webhook
from hongyan.faces.cli.context import actor, company_named
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.registry import Namespace, Subparsers

SHOWN = 10


def register(sub: Subparsers) -> None:
    webhook = sub.add_parser("webhook", help="events told to other programs")
    actions_of = webhook.add_subparsers(metavar="ACTION", required=True)
    add = actions_of.add_parser("add", help="subscribe; the signing secret is told once")
    add.add_argument("url", metavar="URL")
    add.add_argument("--company", metavar="SLUG")
    add.add_argument("--kind", action="append", required=True, metavar="K", help="mailbox.opened, mailbox.*, *")
    add.add_argument("--name", default="", help="what it is for")
    add.set_defaults(run=run_add)
    listing = actions_of.add_parser("list", help="a company's webhooks")
    listing.add_argument("--company", metavar="SLUG")
    listing.set_defaults(run=run_list)
    for name, summary, run in (
        ("show", "its state and last messages", run_show),
        ("remove", "send nothing more", run_remove),
        ("rotate", "a new secret; the old one signs along for a day", run_rotate),
        ("disable", "switch off", run_disable),
        ("enable", "switch on again", run_enable),
        ("test", "send a message to try it out", run_test),
    ):
        parser = actions_of.add_parser(name, help=summary)
        parser.add_argument("number", type=int, metavar="N")
        parser.set_defaults(run=run)
    again = actions_of.add_parser("resend", help="send a message once more")
    again.add_argument("number", type=int, metavar="N")
    again.add_argument("message", metavar="MESSAGE", help="as `webhook show` names it")
    again.set_defaults(run=run_resend)


def _find(args: Namespace) -> Webhook:
    return queries.find_webhook(actor(), args.number)


def _document(webhook: Webhook) -> dict[str, object]:
    return {
        "id": webhook.pk, "name": webhook.name, "company": webhook.company.slug, "url": webhook.url,
        "kinds": webhook.kinds, "state": queries.state_of(webhook), "disabled_why": webhook.disabled_why,
    }  # fmt: skip


def _line(webhook: Webhook) -> str:
    return f"{webhook.pk}  {webhook.name}  {queries.state_of(webhook)}  {webhook.url}"


def run_add(args: Namespace, out: Output) -> None:
    webhook, secret = actions.add_webhook(
        actor=actor(),
        company=company_named(args.company),
        name=args.name or args.url[:100],
        url=args.url,
        kinds=args.kind,
    )
    out.result(_document(webhook) | {"secret": secret}, f"{_line(webhook)}\n  {secret}")


def run_list(args: Namespace, out: Output) -> None:
    webhooks = list(queries.webhooks_within(actor(), company_named(args.company)).order_by("pk"))
    out.result(
        [_document(w) for w in webhooks],
        lambda: table([(str(w.pk), w.name, queries.state_of(w), w.url, ", ".join(w.kinds)) for w in webhooks]),
    )


def _delivery(delivery: Delivery) -> dict[str, object]:
    return {
        "message": delivery.message_id, "kind": delivery.kind, "state": delivery.state, "attempts": delivery.attempts,
        "created_at": delivery.created_at.isoformat(), "due_at": delivery.due_at.isoformat() if delivery.due_at else None,
    }  # fmt: skip


def run_show(args: Namespace, out: Output) -> None:
    webhook = _find(args)
    deliveries = list(queries.deliveries_of(webhook)[:SHOWN])
    out.result(
        _document(webhook) | {"deliveries": [_delivery(d) for d in deliveries]},
        lambda: "\n".join([_line(webhook), table([_row(d) for d in deliveries], indent="  ")]),
    )


def _row(delivery: Delivery) -> tuple[str, ...]:
    last = delivery.attempts[-1] if delivery.attempts else {}
    said = f"{last.get('status') or '-'} {last.get('error', '')}".strip()
    return (f"{delivery.created_at:%Y-%m-%d %H:%M:%S}", delivery.message_id, delivery.kind, delivery.state, said)


def run_remove(args: Namespace, out: Output) -> None:
    webhook = _find(args)
    actions.remove_webhook(actor=actor(), webhook=webhook)
    out.result({"id": args.number, "removed": True}, f"{args.number}  removed")


def run_rotate(args: Namespace, out: Output) -> None:
    webhook = _find(args)
    secret = actions.rotate_secret(actor=actor(), webhook=webhook)
    out.result({"id": webhook.pk, "secret": secret}, f"{_line(webhook)}\n  {secret}")


def run_disable(args: Namespace, out: Output) -> None:
    webhook = _find(args)
    actions.disable_webhook(actor=actor(), webhook=webhook)
    out.result(_document(webhook), lambda: _line(webhook))


def run_enable(args: Namespace, out: Output) -> None:
    webhook = _find(args)
    actions.enable_webhook(actor=actor(), webhook=webhook)
    out.result(_document(webhook), lambda: _line(webhook))


def run_test(args: Namespace, out: Output) -> None:
    webhook = _find(args)
    delivery = actions.send_test(actor=actor(), webhook=webhook)
    out.result(_delivery(delivery), f"{delivery.message_id}  waiting")


def run_resend(args: Namespace, out: Output) -> None:
    delivery = queries.find_delivery(_find(args), args.message)
    actions.resend(actor=actor(), delivery=delivery)
    delivery.refresh_from_db()
    out.result(_delivery(delivery), f"{delivery.message_id}  waiting")
