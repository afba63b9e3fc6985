"""`python -m hongyan.jobs leavers export|delete NUMBER`, as root: one archive or one deletion (engines/desk).

Always: one process per row (a lock that ends with the process); what goes wrong stands in the row; safe to repeat.
"""

from __future__ import annotations

import fcntl
import logging
import re
import sys
from pathlib import Path

from hongyan.company.leaving import ending, steps
from hongyan.company.leaving.models import Deletion, Export
from hongyan.engines.desk import exporting, removing
from hongyan.kernel import clock
from hongyan.kernel.instance import Instance

log = logging.getLogger(__name__)


def export(instance: Instance, number: int) -> None:
    row = Export.objects.select_related("leaving__company", "leaving__person", "leaving__successor", "mailbox").get(
        pk=number
    )
    if row.state in ("done", "failed"):
        return
    Export.objects.filter(pk=number).update(state="running")
    about = {
        "company": row.leaving.company.slug, "name": row.leaving.name, "leaving": row.leaving_id,
        "exported_at": clock.now().isoformat(timespec="seconds"), "asked_by": row.asked_by, "clause": "B4.8",
    }  # fmt: skip
    name = f"{row.pk}-{re.sub(r'[^a-z0-9.@_+-]', '_', row.mailbox.address)}"
    made, failed = None, ""
    try:
        made = exporting.export(instance, row.mailbox.address, name, row.form, row.recipient, about=about)
    except (OSError, ValueError) as problem:
        log.exception("export %s", number)
        failed = str(problem) or type(problem).__name__
    ending.note_export(row, made, failed)
    steps.advance(row.leaving)


def delete(instance: Instance, number: int) -> None:
    row = Deletion.objects.select_related("leaving__company", "leaving__person", "mailbox", "export").get(pk=number)
    if row.state == "done":
        return
    try:
        removing.remove(instance, row)
    except OSError as problem:
        log.exception("deletion %s", number)
        ending.note_failure(row, str(problem))


WORK = {"export": export, "delete": delete}


def main(instance: Instance) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    what, number = sys.argv[2], int(sys.argv[3])
    lock: Path = exporting.directory(instance) / f".{what}-{number}.lock"
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        WORK[what](instance, number)
        lock.unlink(missing_ok=True)
