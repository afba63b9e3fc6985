"""Activation links of the mailboxes that an import opened, for the mail office to hand out (clause G3.1.1).

Always: a link stands in the answer that made it and nowhere else; making new ones ends the old ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from hongyan.company.imports.models import Import
from hongyan.company.imports.queries import may_see, waiting_mailboxes
from hongyan.company.people.credentials import ACTIVATION_DAYS, make_links
from hongyan.kernel import clock, ledger
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal


@dataclass(frozen=True, slots=True)
class HandedOut:
    number: str
    name: str
    address: str
    token: str
    until: datetime


def hand_out_links(*, actor: Actor, batch: Import, again: bool = False) -> list[HandedOut]:
    """A link for each mailbox that nobody has activated yet. Refuses `import.links.once` unless asked for `again`."""
    if not may_see(actor, batch) or batch.state != "applied":
        raise Refusal("import.unknown", number=batch.pk)
    if batch.links_at is not None and not again:
        raise Refusal("import.links.once")
    with transaction.atomic():
        boxes = list(waiting_mailboxes(batch))
        if not boxes:
            raise Refusal("import.links.none")
        accounts = [box.account for box in boxes if box.account is not None]
        tokens = make_links(actor=actor, company=batch.company, accounts=accounts)
        batch.links_at = clock.now()
        batch.save(update_fields=["links_at"])
        ledger.record(
            "import.links", chain=batch.company.slug, actor=actor.name, subject=f"import/{batch.pk}", count=len(tokens)
        )
    until = batch.links_at + timedelta(days=ACTIVATION_DAYS)
    return [
        HandedOut(
            b.person.number if b.person else "", b.person.name if b.person else b.display_name, b.address, t, until
        )
        for b, t in zip(boxes, tokens, strict=True)
    ]
