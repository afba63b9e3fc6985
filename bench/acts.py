"""What benchmarks do to the company of an instance. Import it through `Measured.acts`, which sets up Django first."""

from __future__ import annotations

import time
from collections.abc import Sequence

from django.contrib.auth.hashers import make_password
from django.db import transaction

from hongyan.company.mailboxes.actions import NewMailbox, add_app_password, open_mailboxes, suspend_mailbox
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people import credentials
from hongyan.company.people.actions import add_company, add_domain
from hongyan.company.people.hashing import engine_hash
from hongyan.company.people.models import Company
from hongyan.kernel import outbox
from hongyan.kernel.actor import Actor, command_line
from hongyan.kernel.models import Outbox

__all__ = [
    "ACTOR", "PASSWORD", "PASSWORD_HASH", "add_devices", "addresses", "change_password", "engine_hash", "open_many",
    "settle", "suspend",
]  # fmt: skip

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
    """Opens those that there are not yet, by the bulk action. Without `folders`, the work of making each one's folders is left out: a mailbox
    that never gets mail in the benchmark needs none."""
    there = set(Mailbox.objects.values_list("address", flat=True))
    absent = [address for address in wanted if address not in there]
    for start in range(0, len(absent), CHUNK):
        new = [NewMailbox(address=a, password_hash=password_hash) for a in absent[start : start + CHUNK]]
        with transaction.atomic():
            open_mailboxes(actor=ACTOR, company=company(), new=new)
            if not folders:
                Outbox.objects.filter(kind=outbox.PREPARE, done_at__isnull=True).delete()


def mailbox(address: str) -> Mailbox:
    return Mailbox.objects.select_related("account", "company").get(address=address)


def add_devices(wanted: Sequence[str]) -> dict[str, str]:
    """An app password for each: address -> password."""
    found = {}
    with transaction.atomic():
        for address in wanted:
            own = mailbox(address)
            owner = Actor(name=address, account_id=own.account_id, company=SLUG)
            found[address] = add_app_password(actor=owner, mailbox=own, device="bench")[1]
    return found


def suspend(address: str) -> None:
    suspend_mailbox(actor=ACTOR, mailbox=mailbox(address), reason="bench")


def change_password(address: str, password: str) -> None:
    account = mailbox(address).account
    assert account is not None
    credentials.set_final_password(actor=ACTOR, account=account, password=password)


def settle(seconds: float = 300.0) -> None:
    """Wait until everything enqueued is done: released, and folders made."""
    outbox.wake()
    end = time.monotonic() + seconds
    while Outbox.objects.filter(done_at__isnull=True).exclude(kind=outbox.NOTICE).exists():
        if time.monotonic() > end:
            left = list(Outbox.objects.filter(done_at__isnull=True).values_list("kind", "error")[:3])
            raise TimeoutError(f"the outbox is not empty after {seconds:.0f} s: {left}")
        time.sleep(0.1)
