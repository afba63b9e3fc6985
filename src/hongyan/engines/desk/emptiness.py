"""Whether mailboxes hold any message, asked of root: only root reads the mail directory, and a mailbox that nobody has
activated cannot be asked by IMAP.

Always: "could not be asked" is another answer than "empty". Never: looks into a message; a home is one that the database
names, never a path from an order.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from hongyan.company.mailboxes.models import Mailbox
from hongyan.engines.desk import answers
from hongyan.engines.desk.asking import ask
from hongyan.kernel.instance import Instance

CHUNK = 250
#: Dovecot's sdbox: a file a message.
_MESSAGE = re.compile(r"u\.\d+")
_TOKEN = re.compile(r"[0-9a-f]{16}")


def with_mail(
    instance: Instance, homes: Sequence[str], step: Callable[[int, int], None] = lambda done, total: None
) -> dict[str, bool]:
    """home -> whether a message lies there; a home that could not be asked about is left out. Not in a transaction."""
    found: dict[str, bool] = {}
    for start in range(0, len(homes), CHUNK):
        step(start, len(homes))
        part, token = list(homes[start : start + CHUNK]), os.urandom(8).hex()
        answer = ask(instance, f"mail-{token}", {"do": "mail.lies", "homes": part, "token": token})
        if answer is None:
            break  # root is away: the rest would wait as long
        found |= {home: bool(lies) for home, lies in answer["lies"].items() if home in part}
    return found


def answer_order(instance: Instance, homes: Sequence[str], token: str) -> None:
    """Root's side. Raises ValueError for what is no order of ours."""
    if not _TOKEN.fullmatch(token):
        raise ValueError("no token")
    known = Mailbox.objects.filter(home__in=list(homes)[:CHUNK]).values_list("home", flat=True)
    answers.write(instance, f"mail-{token}", {"lies": {home: holds_message(instance.mail / home) for home in known}})


def holds_message(home: Path) -> bool:
    return any(_MESSAGE.fullmatch(name) for _, _, files in os.walk(home / "mail") for name in files)
