"""Looks at the domains' DNS records: those somebody asks about at once, the others once a day.

A process of its own that the worker starts and that ends by itself: name servers may be slow, and what is needed to ask
them takes memory that nothing else needs.
Always: an entry of the outbox is settled after its domain was looked at; without a resolver nothing is looked at by itself.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time

from hongyan.company.dns import actions, queries
from hongyan.company.dns.check import check
from hongyan.company.dns.host import host_of
from hongyan.company.people.models import Domain
from hongyan.kernel import outbox
from hongyan.kernel.actor import schedule
from hongyan.kernel.instance import Instance

log = logging.getLogger(__name__)
LOOK_SECONDS = 60.0
BATCH = 10
LONGEST_SECONDS = 120.0


class Watch:
    """The worker's side: starts the process when there is something to look at. Never two at once."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._process: subprocess.Popen[bytes] | None = None
        self._since = self._next_look = 0.0

    def turn(self) -> None:
        if self._busy() or not self._due():
            return
        self._since = time.monotonic()
        self._process = subprocess.Popen([sys.executable, "-m", "hongyan.jobs", "names"])

    def _busy(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            return False
        if time.monotonic() - self._since > LONGEST_SECONDS:
            self._process.kill()
        return True

    def _due(self) -> bool:
        if outbox.pending([outbox.DNS], limit=1):
            return True
        if time.monotonic() < self._next_look:
            return False
        self._next_look = time.monotonic() + LOOK_SECONDS
        return asks_by_itself(self._instance) and queries.domains_due().exists()

    def end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()


def asks_by_itself(instance: Instance) -> bool:
    return instance.outside or bool(instance.resolver)


def look(instance: Instance, domain: Domain) -> None:
    from hongyan.company.dns.resolver import Resolver  # ten megabytes

    findings = check(queries.records_of(domain, instance), host_of(instance), Resolver(instance.resolver))
    row = actions.note_check(actor=schedule("dns"), domain=domain, findings=findings, server=instance.resolver)
    log.info("%s: %s", domain.name, row.state)


def run(instance: Instance) -> int:
    """Everything asked for, then some of what is due; how many domains were looked at."""
    entries = outbox.pending([outbox.DNS], limit=BATCH)
    wanted = {entry.payload["domain"] for entry in entries}
    domains = list(Domain.objects.select_related("company").filter(name__in=wanted))
    if asks_by_itself(instance):
        domains += [d for d in queries.domains_due()[:BATCH] if d.name not in wanted]
    for domain in domains[:BATCH]:
        look(instance, domain)
        outbox.settle([entry for entry in entries if entry.payload["domain"] == domain.name])
    outbox.settle([entry for entry in entries if entry.payload["domain"] not in {d.name for d in domains}])
    return len(domains)


def main(instance: Instance) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    os.nice(5)
    run(instance)
