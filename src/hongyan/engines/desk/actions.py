"""What a person may have done to the running machine: messages in the queue, services, releases.

Always: permission, audit event and the order to root in one transaction; an office reaches mail from or to its own
domains alone, and deletes only what is its own; machine-wide orders need a grant for the whole machine.
Never: touches Postfix or a service itself (root does, `work`).
Clauses: G2.1.1-3 (the operator runs the machine, the office its company's mail), G5.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from hongyan.company.people.models import Domain
from hongyan.company.people.queries import list_companies
from hongyan.engines import queue
from hongyan.engines.desk.asking import ask
from hongyan.engines.desk.differ import answer_name
from hongyan.engines.queue import Message
from hongyan.engines.services import services
from hongyan.kernel import ledger, outbox
from hongyan.kernel.actor import Actor, Permission
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import Instance
from hongyan.release import store

MOST = 500  #: messages in one order
REASON_LIMIT = 200
#: As the company in `require`: only a grant for every company reaches it.
MACHINE = "*"


def queue_domains(actor: Actor) -> frozenset[str] | None:
    """The domains whose mail in the queue the actor deals with; None: all of the machine's."""
    if actor.may("queue.write", MACHINE):
        return None
    slugs = [company.slug for company in list_companies() if actor.may("queue.write", company.slug)]
    return frozenset(Domain.objects.filter(company__slug__in=slugs).values_list("name", flat=True))


def find_message(*, actor: Actor, instance: Instance, identifier: str) -> Message:
    """Refuses `queue.unknown`; another company's message is as unknown as none."""
    domains = queue_domains(actor)
    message = queue.find(instance, identifier)
    if message is None or (domains is not None and not queue.touches(message, domains)):
        raise Refusal("queue.unknown", id=identifier[:20])
    return message


def look_at_message(*, actor: Actor, instance: Instance, identifier: str) -> dict[str, Any] | None:
    """The routing headers, asked of root; that somebody looked is recorded. None: no answer yet."""
    message = find_message(actor=actor, instance=instance, identifier=identifier)
    with transaction.atomic():
        _record("queue.looked", actor, [message])
    return ask(instance, f"headers-{message.id}", {"do": "queue.headers", "id": message.id})


def retry_messages(*, actor: Actor, instance: Instance, identifiers: Sequence[str]) -> int:
    """Have Postfix try these now. Refuses `queue.unknown`, `queue.none_chosen`."""
    messages = _chosen(actor, instance, identifiers)
    with transaction.atomic():
        _record("queue.retried", actor, messages)
        outbox.enqueue(outbox.OPERATE, {"do": "queue.retry", "ids": [m.id for m in messages]})
    return len(messages)


def delete_messages(*, actor: Actor, instance: Instance, identifiers: Sequence[str], reason: str) -> int:
    """Remove these from the queue for good; nobody is told. Refuses `queue.shared`, `reason.missing`."""
    reason = clean_reason(reason)
    messages = _chosen(actor, instance, identifiers)
    domains = queue_domains(actor)
    for message in messages:
        if domains is not None and not queue.belongs_to(message, domains):
            raise Refusal("queue.shared", id=message.id)
    with transaction.atomic():
        _record("queue.deleted", actor, messages, reason=reason)
        outbox.enqueue(outbox.OPERATE, {"do": "queue.delete", "ids": [m.id for m in messages]})
    return len(messages)


def _chosen(actor: Actor, instance: Instance, identifiers: Sequence[str]) -> list[Message]:
    wanted = list(dict.fromkeys(identifiers))
    if not wanted or len(wanted) > MOST:
        raise Refusal("queue.none_chosen", limit=MOST)
    return [find_message(actor=actor, instance=instance, identifier=identifier) for identifier in wanted]


def _record(kind: str, actor: Actor, messages: Sequence[Message], **params: Any) -> None:
    """In the chain of the company whose mail it is, so that its auditor sees what the operator did to it."""
    companies = dict(Domain.objects.values_list("name", "company__slug"))
    chains: dict[str, list[ledger.Entry]] = {}
    for message in messages:
        addresses = (message.sender, *(waiting.address for waiting in message.recipients))
        chain = next((c for a in addresses if (c := companies.get(queue.domain_of(a)))), ledger.INSTANCE)
        said = {"id": message.id, "recipients": [w.address for w in message.recipients[:5]], **params}
        subject = message.sender or next((w.address for w in message.recipients), message.id)
        chains.setdefault(chain, []).append(ledger.Entry(kind, actor.name, subject, said))
    for chain, entries in sorted(chains.items()):
        ledger.record_all(chain, entries)


def clean_reason(reason: str) -> str:
    """Refuses `reason.missing`, `reason.long`."""
    text = " ".join(reason.split())
    if not text:
        raise Refusal("reason.missing")
    if len(text) > REASON_LIMIT:
        raise Refusal("reason.long", limit=REASON_LIMIT)
    return text


# -- the machine ---------------------------------------------------------------------------------


def require_machine(actor: Actor, permission: Permission = "release.write") -> None:
    """Refuses `permission.missing` for anybody without that permission on the whole machine."""
    actor.require(permission, MACHINE)


def restart_service(*, actor: Actor, instance: Instance, service: str, reason: str = "") -> None:
    """Refuses `service.unknown`."""
    require_machine(actor)
    if service not in {s.name for s in services(instance)}:
        raise Refusal("service.unknown", service=service[:40])
    with transaction.atomic():
        ledger.record(
            "service.restarted", chain=ledger.INSTANCE, actor=actor.name, subject=service, reason=reason[:REASON_LIMIT]
        )
        outbox.enqueue(outbox.OPERATE, {"do": "service.restart", "service": service})


def roll_back_release(*, actor: Actor, instance: Instance, number: int, reason: str) -> None:
    """Ask root to publish an earlier release's files again; `release.rolled_back` is recorded when it is done.

    Refuses `release.unknown`, `release.is_live`, `release.damaged`.
    """
    require_machine(actor)
    reason = clean_reason(reason)
    if number not in store.numbers(instance):
        raise Refusal("release.unknown", number=number)
    if number == store.live_number(instance):
        raise Refusal("release.is_live", number=number)
    try:
        store.read_manifest(store.directory(instance, number))
    except store.Damaged as damaged:
        raise Refusal("release.damaged", what=str(damaged)) from None
    order = {"do": "release.roll_back", "number": number, "actor": actor.name, "reason": reason}
    with transaction.atomic():
        ledger.record(
            "release.rollback_asked", chain=ledger.INSTANCE, actor=actor.name, subject=f"release/{number}",
            reason=reason,
        )  # fmt: skip
        outbox.enqueue(outbox.OPERATE, order)


def compare_releases(*, actor: Actor, instance: Instance, old: int, new: int) -> dict[str, Any] | None:
    """The readable difference (`release.difference.Difference` as a dict); None: no answer yet. Refuses `release.unknown`."""
    require_machine(actor)
    for number in (old, new):
        if number not in store.numbers(instance):
            raise Refusal("release.unknown", number=number)
    order = {"do": "release.difference", "old": old, "new": new}
    return ask(instance, answer_name(old, new), order, fresh=300.0)
