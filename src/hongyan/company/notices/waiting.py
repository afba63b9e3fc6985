"""When a notice is sent: at once, after the quiet hours, or in its reader's daily mail.

Owns: `hold` (asked by the worker before it sends) and `release_due` (what waited goes into the outbox).
Always: an urgent notice waits for nothing; what waits is a row, moved to the outbox in one transaction.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.notices.kinds import KINDS
from hongyan.company.notices.models import Digest, Hours, Waiting
from hongyan.company.people.models import Company
from hongyan.kernel import clock, outbox

BATCH = 500


def hold(mailbox: Mailbox, notice: str, params: dict[str, Any]) -> bool:
    """Keep the notice for later if it is to wait; whether it does."""
    kind = KINDS.get(notice)
    if kind is None or kind.urgent or kind.internal:
        return False
    hours, now = hours_of(mailbox.company), clock.now()
    if mailbox.account is not None and Digest.objects.filter(account=mailbox.account).exists():
        due, digest = next_moment(now, hours.digest_at), True
    elif is_quiet(hours, now):
        assert hours.quiet_until is not None
        due, digest = next_moment(now, hours.quiet_until), False
    else:
        return False
    Waiting.objects.create(
        mailbox=mailbox, notice=notice, params=params, digest=digest, created_at=now, due_at=due
    )  # fmt: skip
    return True


def release_due() -> int:
    """Move what is due into the outbox: each notice, or one daily mail per reader. How many notices it was."""
    with transaction.atomic():
        rows = list(Waiting.objects.select_related("mailbox").filter(due_at__lte=clock.now()).order_by("pk")[:BATCH])
        daily: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            if row.digest:
                daily.setdefault(row.mailbox.address, []).append({"notice": row.notice, "params": row.params})
            else:
                _enqueue(row.mailbox.address, row.notice, row.params)
        for address, items in daily.items():
            _enqueue(address, "digest", {}, items=items)
        Waiting.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _enqueue(address: str, notice: str, params: dict[str, Any], **more: Any) -> None:
    outbox.enqueue(outbox.NOTICE, {"notice": notice, "to": address, "params": params, "waited": True, **more})


def hours_of(company: Company) -> Hours:
    return Hours.objects.filter(company=company).first() or Hours(company=company)


def wants_digest(mailbox: Mailbox) -> bool:
    return mailbox.account is not None and Digest.objects.filter(account=mailbox.account).exists()


def is_quiet(hours: Hours, moment: datetime) -> bool:
    """Whether it is quiet then, by the instance's clock on the wall; the hours may go past midnight."""
    begin, end = hours.quiet_from, hours.quiet_until
    if begin is None or end is None:
        return False
    here = timezone.localtime(moment).time()
    return begin <= here < end if begin < end else here >= begin or here < end


def next_moment(after: datetime, at: time) -> datetime:
    """The next time that the clock on the wall shows `at`."""
    here = timezone.localtime(after)
    found = here.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return found if found > here else found + timedelta(days=1)
