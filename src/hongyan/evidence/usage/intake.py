"""From the journals and the publisher's measure to the tables of this app.

Always: counters grow in the transaction that moves the mark of the journal they come from; a day's measure is kept once.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from hongyan.company.people.models import Company, Domain
from hongyan.evidence.usage.models import MailHour, StorageDay
from hongyan.kernel import clock
from hongyan.kernel.instance import Instance

WHAT = ("sent", "received", "refused", "deferred")
KEEP = timedelta(days=400)
_seen: dict[str, int] = {}

Key = tuple[str, datetime, str]


def count_sent(events: Iterable[dict[str, Any]], known: set[str]) -> None:
    """The gate's `mail.sent`: one message each, of the company it names."""
    counts: Counter[Key] = Counter()
    for event in events:
        if event["kind"] == "mail.sent":
            company = event.get("company", "")
            counts[company if company in known else "", _hour(event["at"]), "sent"] += 1
    _add(counts)


def count_traffic(events: Iterable[dict[str, Any]]) -> None:
    """The publisher's lines: a domain, and numbers."""
    companies = dict(Domain.objects.values_list("name", "company__slug"))
    counts: Counter[Key] = Counter()
    for event in events:
        company = companies.get(str(event.get("address", "")), "")
        for what in WHAT[1:]:
            number = event.get("params", {}).get(what, 0)
            if isinstance(number, int) and number > 0:
                counts[company, _hour(event["at"]), what] += number
    _add(counts)


def _hour(at: str) -> datetime:
    return datetime.fromisoformat(at).replace(minute=0, second=0, microsecond=0)


def _add(counts: Counter[Key]) -> None:
    by_row: dict[tuple[str, datetime], dict[str, int]] = {}
    for (company, hour, what), number in counts.items():
        by_row.setdefault((company, hour), {})[what] = number
    for (company, hour), numbers in sorted(by_row.items()):
        MailHour.objects.get_or_create(company=company, hour=hour)
        MailHour.objects.filter(company=company, hour=hour).update(**{w: F(w) + n for w, n in numbers.items()})


def take_storage(instance: Instance) -> int:
    """The publisher's measure of today, when there is a new one; returns how many rows came of it."""
    path = instance.state / "storage.json"
    try:
        changed = path.stat().st_mtime_ns
        if _seen.get(str(path)) == changed:
            return 0
        raw = json.loads(path.read_text("utf-8"))
        day, domains, free = datetime.fromisoformat(raw["at"]).date(), dict(raw["domains"]), int(raw["disk_free"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0
    companies = dict(Domain.objects.values_list("name", "company__slug"))
    used: Counter[str] = Counter(dict.fromkeys(Company.objects.values_list("slug", flat=True), 0))
    for domain, size in domains.items():
        used[""] += size
        if domain in companies:
            used[companies[domain]] += size
    for company, size in used.items():
        StorageDay.objects.update_or_create(
            company=company, day=day, defaults={"used": size, "free": free if not company else None}
        )
    if "" not in used:
        StorageDay.objects.update_or_create(company="", day=day, defaults={"used": 0, "free": free})
    _seen[str(path)] = changed
    return len(used)


def clean_up() -> int:
    oldest = clock.now() - KEEP
    removed = MailHour.objects.filter(hour__lt=oldest).delete()[0]
    return removed + StorageDay.objects.filter(day__lt=oldest.date()).delete()[0]
