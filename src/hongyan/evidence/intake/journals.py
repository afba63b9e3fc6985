"""Takes the gate's and the guard's journals and the quota warnings into the audit.

Always: events and the mark of how far was read are one transaction, so a killed worker neither loses nor doubles
an event. What the owner must be told (a lock, a full mailbox) is enqueued in the same transaction.
"""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from hongyan.company.people.models import Company
from hongyan.evidence.models import JournalMark
from hongyan.evidence.usage import intake as usage
from hongyan.kernel import journal, ledger, outbox
from hongyan.kernel.instance import Instance

JOURNALS = ("guard", "gate", "traffic")
BATCH = 2000
#: kind of event -> notice to the address it is about
NOTICES = {"signin.locked": "locked", "quota.warning": "quota"}


def take_in(instance: Instance) -> int:
    """Everything new, at most a batch per file; returns the number of events."""
    count = take_quota_warnings(instance)
    for name in JOURNALS:
        for path in journal.files(instance.events / f"{name}.jsonl"):
            count += _take_file(name, path)
    return count


def _take_file(name: str, path: Path) -> int:
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        mark = JournalMark.objects.filter(journal=name, inode=status.st_ino).first()
        start = mark.offset if mark else 0
        if start >= status.st_size:
            _forget(path, status)
            return 0
        file.seek(start)
        lines: list[bytes] = []
        for line in file:
            if not line.endswith(b"\n") or len(lines) == BATCH:
                break  # a line being written is read whole next time
            lines.append(line)
    if not lines:
        return 0
    events = [event for line in lines if (event := journal.decode(line)) is not None]
    with transaction.atomic():
        if name == "traffic":
            usage.count_traffic(events)
        else:
            record(events)
        JournalMark.objects.update_or_create(
            journal=name, inode=status.st_ino, defaults={"offset": start + sum(map(len, lines))}
        )
    return len(events)


def _forget(path: Path, status: os.stat_result) -> None:
    """A full journal that was taken in and is old enough is removed; its events are in the audit."""
    if "-" in path.stem and status.st_mtime < time.time() - journal.KEEP_SECONDS:
        path.unlink(missing_ok=True)
        JournalMark.objects.filter(inode=status.st_ino).delete()


def record(events: list[dict[str, Any]]) -> None:
    """Append events to their companies' chains; an event of no known company goes to the instance's."""
    known = set(Company.objects.values_list("slug", flat=True))
    chains: defaultdict[str, list[ledger.Entry]] = defaultdict(list)
    for event in events:
        company = event.get("company", "")
        chains[company if company in known else ledger.INSTANCE].append(_entry(event))
        if event["kind"] in NOTICES and company in known:
            _notify(event)
    usage.count_sent(events, known)
    for chain, entries in sorted(chains.items()):
        ledger.record_all(chain, entries)


def _entry(event: dict[str, Any]) -> ledger.Entry:
    address = str(event.get("address", ""))[:254]
    params = event.get("params")
    return ledger.Entry(
        kind=str(event["kind"])[:60],
        actor=address or "unknown",
        subject=address or "unknown",
        params=params if isinstance(params, dict) else {},
        at=datetime.fromisoformat(event["at"]),
    )


def _notify(event: dict[str, Any]) -> None:
    notice = NOTICES[event["kind"]]
    level = str(event.get("params", {}).get("level", ""))
    if level != "below":
        outbox.enqueue(outbox.NOTICE, {"notice": notice, "to": event["address"], "params": event.get("params", {})})


def take_quota_warnings(instance: Instance) -> int:
    """One file per warning, written by Dovecot's script; removed once its event is committed."""
    directory = instance.events / "quota"
    paths = sorted(directory.glob("*.json"))[:BATCH] if directory.is_dir() else []
    events = [event for path in paths if (event := _quota_event(path)) is not None]
    if events:
        with transaction.atomic():
            record(events)
    for path in paths:
        path.unlink(missing_ok=True)
    return len(events)


def _quota_event(path: Path) -> dict[str, Any] | None:
    try:
        raw = json.loads(path.read_text("utf-8"))
        address, level, at = str(raw["address"]), str(raw["level"]), str(raw["at"])
        datetime.fromisoformat(at)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    from_claim = _company_of(address)
    return {"kind": "quota.warning", "at": at, "company": from_claim, "address": address, "params": {"level": level}}


def _company_of(address: str) -> str:
    domain = address.rpartition("@")[2]
    return Company.objects.filter(domains__name=domain).values_list("slug", flat=True).first() or ""
