"""Asking for a look at a domain's records, noting what was seen, choosing the MTA-STS policy.

Always: permission, rows, audit event and outbox in one transaction. Only a change of a domain's state is an event: the
daily look that finds what it found yesterday is none.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from hongyan.company.dns.check import Finding, overall
from hongyan.company.dns.models import MODES, DomainCheck, StsPolicy
from hongyan.company.dns.queries import sts_mode
from hongyan.company.people.models import Domain
from hongyan.kernel import clock, ledger, outbox
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal


def ask_check(*, actor: Actor, domain: Domain) -> DomainCheck:
    """Have the worker look now. One that is already waiting is not asked for twice."""
    actor.require("settings.write", domain.company.slug)
    with transaction.atomic():
        row, _ = DomainCheck.objects.select_for_update().get_or_create(domain=domain)
        if not row.waiting:
            row.asked_at = clock.now()
            row.save(update_fields=["asked_at"])
            outbox.enqueue(outbox.DNS, {"domain": domain.name})
    return row


def note_check(*, actor: Actor, domain: Domain, findings: Sequence[Finding], server: str) -> DomainCheck:
    """Keep what a check found, in place of the one before."""
    actor.require("settings.write", domain.company.slug)
    state = overall(findings)
    with transaction.atomic():
        row, _ = DomainCheck.objects.select_for_update().get_or_create(domain=domain)
        before, row.state = row.state, state
        row.checked_at, row.server, row.findings = clock.now(), server, [finding.row() for finding in findings]
        row.save()
        if state != before:
            ledger.record(
                "domain.checked", chain=domain.company.slug, actor=actor.name, subject=domain.name,
                before=before, after=state, records=[f.record.name for f in findings if _counts(f)],
            )  # fmt: skip
    return row


def _counts(finding: Finding) -> bool:
    return finding.record.need != "extra" and finding.state != "right"


def set_sts_mode(*, actor: Actor, domain: Domain, mode: str) -> None:
    """The domain's MTA-STS policy (RFC 8461): testing, enforce or none. Refuses `sts.mode_unknown`."""
    actor.require("settings.write", domain.company.slug)
    if mode not in MODES:
        raise Refusal("sts.mode_unknown", mode=mode[:20], known=list(MODES))
    with transaction.atomic():
        before = sts_mode(domain)
        if before == mode:
            return
        StsPolicy.objects.update_or_create(domain=domain, defaults={"mode": mode, "changed_at": clock.now()})
        ledger.record(
            "domain.sts", chain=domain.company.slug, actor=actor.name, subject=domain.name, before=before, after=mode
        )
