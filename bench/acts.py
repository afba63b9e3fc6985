"""What benchmarks do to the company of an instance. Import it through `Measured.acts`, which sets up Django first."""

from __future__ import annotations

import time
from collections.abc import Sequence

from django.contrib.auth.hashers import make_password
from django.db import transaction

from hongyan.company.mailboxes.actions import NewMailbox, open_mailboxes
from hongyan.company.people.actions import add_company, add_domain
from hongyan.company.people.models import Company
from hongyan.kernel import outbox
from hongyan.kernel.actor import command_line
from hongyan.kernel.models import Outbox

ACTOR = command_line("bench")
SLUG, DOMAIN = "corp", "corp.test"
CHUNK = 10_000
PASSWORD = "Geese-fly-north-4711"  # every mailbox of a benchmark has it
PASSWORD_HASH = make_password(PASSWORD)


def addresses(count: int, start: int = 0) -> list[str]:
    return [f"u{number:06}@{DOMAIN}" for number in range(start, start + count)]


def company() -> Company:
    found = Company.objects.filter(slug=SLUG).first()
    if found is None:
        found = add_company(actor=ACTOR, slug=SLUG, name="Bench", locale="zh-Hant")
        add_domain(actor=ACTOR, company=found, name=DOMAIN)
    return found


def open_many(wanted: Sequence[str], password_hash: str, *, folders: bool = True) -> None:
    """Opens them by the bulk action. Without `folders`, the work of making each one's folders is left out: a mailbox
    that never gets mail in the benchmark needs none."""
    for start in range(0, len(wanted), CHUNK):
        new = [NewMailbox(address=a, password_hash=password_hash) for a in wanted[start : start + CHUNK]]
        with transaction.atomic():
            open_mailboxes(actor=ACTOR, company=company(), new=new)
            if not folders:
                Outbox.objects.filter(kind=outbox.PREPARE, done_at__isnull=True).delete()


def settle(seconds: float = 300.0) -> None:
    """Wait until everything enqueued is done: released, and folders made."""
    outbox.wake()
    end = time.monotonic() + seconds
    while Outbox.objects.filter(done_at__isnull=True).exclude(kind=outbox.NOTICE).exists():
        if time.monotonic() > end:
            left = list(Outbox.objects.filter(done_at__isnull=True).values_list("kind", "error")[:3])
            raise TimeoutError(f"the outbox is not empty after {seconds:.0f} s: {left}")
        time.sleep(0.1)
