"""Junk and Trash empty themselves: by the store, when a session ends, after the company's period (clause B4.9)."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from hongyan.release.tables import shard
from tests.resilience.hands import rows, wait_published
from tests.system.hands import Failed, Running, eventually

CHARLIE = "charlie@other.test"
_PERIODS = """
from django.db import transaction
from hongyan.company.people.models import Company
from hongyan.kernel import outbox
with transaction.atomic():
    Company.objects.filter(slug="other").update(junk_days={junk}, trash_days={trash})
    outbox.release(full=True)
"""


def counts(world: Running) -> dict[str, int]:
    with world.reading(CHARLIE) as client:
        found = {folder: client.select(folder, readonly=True)[1][0] or b"0" for folder in ("Junk", "Trash", "Drafts")}
    return {folder: int(number) for folder, number in found.items()}


def set_periods(world: Running, junk: int, trash: int) -> None:
    rows(world, _PERIODS.format(junk=junk, trash=trash))
    wait_published(world)


def replace_in(path: Path, before: str, after: str) -> None:
    """As the publisher does it: aside, then by rename, with a later second for Dovecot to notice."""
    old = path.stat()
    aside = path.with_name(f".{path.name}.test")
    aside.write_text(path.read_text().replace(before, after))
    os.chown(aside, old.st_uid, old.st_gid)
    aside.chmod(old.st_mode & 0o777)
    os.utime(aside, (old.st_atime + 2, old.st_mtime + 2))
    aside.rename(path)


@pytest.mark.clause("B4.9")
def test_what_is_older_than_the_company_keeps_goes_when_a_session_ends(world: Running) -> None:
    """No test waits for days: the line that the release wrote is changed to seconds, which is drift, and mended."""
    users = world.instance.live / "tables" / f"users.{shard(CHARLIE)}"
    set_periods(world, 7, 5)
    try:
        text = users.read_text()
        assert "userdb_namespace/inbox/mailbox/Junk/autoexpunge=7d" in text
        assert "userdb_namespace/inbox/mailbox/Trash/autoexpunge=5d" in text
        with world.reading(CHARLIE) as client:
            for folder in ("Junk", "Trash", "Drafts"):
                assert client.append(folder, "", "", f"Subject: old-{folder}\r\n\r\nx\r\n".encode())[0] == "OK"
        assert counts(world) == {"Junk": 1, "Trash": 1, "Drafts": 1}  # days have not passed
        replace_in(users, "autoexpunge=7d", "autoexpunge=1s")
        time.sleep(1.5)
        eventually(lambda: counts(world) == {"Junk": 0, "Trash": 1, "Drafts": 1}, 10, "Junk emptied, the others kept")
        with pytest.raises(Failed) as drifted:
            world.run("release", "drift")
        assert drifted.value.document["live"] == [f"tables/users.{shard(CHARLIE)}"]
    finally:
        set_periods(world, 30, 30)
    assert "autoexpunge" not in users.read_text()
    assert world.run("release", "drift")["live"] == []
