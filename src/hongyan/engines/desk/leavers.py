"""Root's side of leaving: own rules switched off, archives, deletions, the supervised look, messages handed on.

Always: what is to be done stands in rows; an order names a row, and root asks again whether it may. Long work is a process
of its own (`jobs/leavers.py`), one at a time per row.
Clauses: G2.1.5, B4.8.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

from hongyan.company.leaving import steps
from hongyan.company.leaving.looking import require_readable
from hongyan.company.leaving.models import Handed, Leaving, Look
from hongyan.company.leaving.queries import boxes_of
from hongyan.company.mailboxes.models import PERSONAL_KINDS, Mailbox
from hongyan.engines import doveadm
from hongyan.kernel import clock
from hongyan.kernel.decision import Decision, Refusal
from hongyan.kernel.instance import Instance
from hongyan.kernel.wording import say

READS = ("folders", "list", "message")
_TOKEN = re.compile(r"[0-9a-f]{16}")

#: Starts a process and goes on (work._spawn).
Spawn = Callable[[Instance, list[str]], None]


def disarm(instance: Instance, number: int) -> None:
    """The leaver's own filter rules run no more; they stay there to be read. Raises OSError when Dovecot says no."""
    leaving = Leaving.objects.select_related("company", "person", "successor").get(pk=number)
    found: dict[str, str] = {}
    for mailbox in boxes_of(leaving):
        if mailbox.closed_at is not None or mailbox.kind not in PERSONAL_KINDS:
            continue
        active = doveadm.active_script(instance, mailbox.home)
        if active:
            doveadm.stop_script(instance, mailbox.address, mailbox.home)
            found[mailbox.address] = active
    steps.note_rules(leaving, found)


def hand(instance: Instance, number: int) -> None:
    """A copy of one message, in a folder of the leaver's name. Whatever goes wrong is said in the row."""
    row = Handed.objects.select_related("look__leaving__company", "look__mailbox").get(pk=number)
    if row.done_at is not None:
        return
    try:
        require_readable(row.look)
    except Refusal as refusal:
        Handed.objects.filter(pk=row.pk).update(failed=refusal.code)
        return
    to = Mailbox.objects.select_related("account", "company").get(address=row.to)
    locale = to.account.locale if to.account else to.company.locale
    folder = say(Decision("leaving.folder", {"address": row.look.mailbox.address}), locale)
    doveadm.run(instance, "mailbox", "create", "-s", "-u", to.address, folder)  # says no where there is one
    query = ["mailbox", row.folder, "uid", str(row.uid)]
    done = doveadm.run(instance, "copy", "-u", to.address, folder, "user", row.look.mailbox.address, *query)
    if done.returncode == 0:
        Handed.objects.filter(pk=row.pk).update(done_at=clock.now(), failed="")
    else:
        Handed.objects.filter(pk=row.pk).update(failed=done.stderr.strip()[-300:] or "?")


def read(instance: Instance, order: dict[str, Any], spawn: Spawn) -> None:
    """Have a process answer what is looked at. Raises ValueError for what is no order, or no longer allowed."""
    look = Look.objects.select_related("leaving", "mailbox").get(pk=int(order["look"]))
    try:
        require_readable(look)
    except Refusal as refusal:
        raise ValueError(refusal.code) from None
    token, what = str(order["token"]), str(order["what"])
    if not _TOKEN.fullmatch(token) or what not in READS:
        raise ValueError("not an order")
    words = [what, str(order.get("folder", ""))[:500], str(int(order.get("number", 0)))]
    module = [sys.executable, "-P", "-m", "hongyan.engines.desk.reading"]
    spawn(instance, [*module, str(instance.root), token, look.mailbox.address, *words])


def work(instance: Instance, what: str, number: int, spawn: Spawn) -> None:
    """An archive or a deletion, in a process of its own."""
    spawn(
        instance,
        ["/usr/bin/nice", "-n", "10", sys.executable, "-P", "-m", "hongyan.jobs", "leavers", what, str(number)],
    )
