"""Removing a leaver's mail from disk (clause B4.8), by root alone.

Always: looks again whether it may, right before it does (`require_deletable`, the archive there and whole, the mailbox
closed and gone from what Dovecot reads); the home is renamed first, so that it is there whole or not at all; a run that
was interrupted is finished by the next, with the numbers that were counted before.
Never: takes a path from an order: the home is the row's, below `mail/`, two levels deep.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from hongyan.company.leaving import ending
from hongyan.company.leaving.models import Deletion
from hongyan.company.mailboxes.models import Mailbox
from hongyan.engines.control import RunningEngines
from hongyan.engines.desk.exporting import digest, directory
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import Instance
from hongyan.release.tables import TABLES

_MESSAGE = re.compile(r"u\.\d+")


class NotYet(OSError):
    """Something that must be so is not: nothing was removed."""


def remove(instance: Instance, deletion: Deletion) -> None:
    """Raises NotYet, OSError; the rows say that it is done when it returns."""
    mailbox, aside = deletion.mailbox, instance.mail / f".deleted-{deletion.pk}"
    home = home_of(instance, mailbox)
    _require(instance, deletion)
    RunningEngines(instance).end_sessions([mailbox.address])
    if home.is_dir():
        files, messages, size = count(home)
        Deletion.objects.filter(pk=deletion.pk).update(files=files, messages=messages, size=size)
        os.rename(home, aside)
    if aside.is_dir():
        shutil.rmtree(aside)
    if home.exists() or aside.exists():
        raise NotYet(f"{home} is still there")
    _sync(home.parent)
    deletion.refresh_from_db()
    ending.note_deletion(deletion, files=deletion.files, messages=deletion.messages, size=deletion.size)


def home_of(instance: Instance, mailbox: Mailbox) -> Path:
    """Raises NotYet for what is no home of a mailbox."""
    home = instance.mail / mailbox.home
    parts = mailbox.home.split("/")
    if len(parts) != 2 or any(part in ("", ".", "..") or part.startswith(".deleted-") for part in parts):
        raise NotYet(f"not a home: {mailbox.home[:80]!r}")
    if home.is_symlink() or home.parent.is_symlink() or home.parent.parent != instance.mail:
        raise NotYet(f"a link: {home}")
    return home


def _require(instance: Instance, deletion: Deletion) -> None:
    mailbox, export = deletion.mailbox, deletion.export
    try:
        ending.require_deletable(deletion.leaving)
    except Refusal as refusal:
        raise NotYet(refusal.code) from None
    if mailbox.closed_at is None:
        raise NotYet(f"{mailbox.address} is open")
    if export is None or export.state != "done":
        raise NotYet("no archive")
    path = directory(instance) / export.file
    if not path.is_file() or digest(path) != export.sha256:
        raise NotYet(f"the archive {export.file} is not there, or is another one")
    table = TABLES["users"]
    live = instance.live / "tables" / table.file_of(mailbox.address)
    if live.exists() and mailbox.address in table.parse(live.read_text("utf-8")):
        raise NotYet(f"{mailbox.address} is still in the running release")


def count(home: Path) -> tuple[int, int, int]:
    """(files, messages, bytes) below the home."""
    files = messages = size = 0
    for folder, _, names in os.walk(home):
        for name in names:
            files += 1
            messages += _MESSAGE.fullmatch(name) is not None
            size += (Path(folder) / name).lstat().st_size
    return files, messages, size


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
