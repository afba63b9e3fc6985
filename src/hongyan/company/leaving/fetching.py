"""An archive that is fetched by a page or a program: encrypted ones alone, by the mail office, each time recorded.

Always: whoever fetches it cannot read it without the company's private key; what is not encrypted stays with root.
"""

from __future__ import annotations

from hongyan.company.leaving.ending import require_office
from hongyan.company.leaving.models import Export, Leaving
from hongyan.kernel import ledger
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal


def find_archive(actor: Actor, leaving: Leaving, number: str) -> Export:
    """Refuses `leaving.archive_unknown`, also for one that is not encrypted."""
    require_office(actor, leaving)
    key = int(number) if number.isascii() and number.isdigit() and len(number) < 18 else 0
    export = leaving.exports.select_related("mailbox").filter(pk=key, state="done").exclude(recipient="").first()
    if export is None:
        raise Refusal("leaving.archive_unknown", number=number[:20])
    return export


def note_fetched(actor: Actor, export: Export) -> None:
    ledger.record(
        "leaving.export_fetched", chain=export.leaving.company.slug, actor=actor.name, subject=export.mailbox.address,
        number=export.leaving_id, file=export.file, sha256=export.sha256,
    )  # fmt: skip
