"""A mailbox's own filter rules, for its owner: which script runs, where it forwards to; switched off at his word.

Owns: the question to root and its answer, the order to switch off.
Never: shows rules to anybody but the owner, changes what they say. Always: they stay in the mailbox and can be switched on
again by a mail program (ManageSieve); the answer lies for seconds only.
Clauses: B4.10 (check filter and forwarding rules for foreign entries).
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from hongyan.company.mailboxes.models import PERSONAL_KINDS, Mailbox
from hongyan.engines import doveadm
from hongyan.engines.desk import answers
from hongyan.engines.desk.asking import ask
from hongyan.kernel import ledger, outbox
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import Instance

LONGEST = 100_000  #: characters of a script that are shown
_TOKEN = re.compile(r"[0-9a-f]{16}")
_COMMENTS = re.compile(r"#[^\n]*|/\*.*?\*/", re.DOTALL)
_REDIRECT = re.compile(r"\bredirect\b[^;\"]*\"([^\"]{3,254})\"", re.IGNORECASE)
_VACATION = re.compile(r"\bvacation\b(?=[^;]*;)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rules:
    name: str = ""  #: of the script that runs; empty: none does
    text: str = ""
    forwards: tuple[str, ...] = ()  #: addresses that it redirects to
    answers: bool = False  #: it writes automatic replies


def _require_owner(actor: Actor, mailbox: Mailbox) -> None:
    own = actor.account_id is not None and actor.account_id == mailbox.account_id
    if not own or mailbox.kind not in PERSONAL_KINDS:
        raise Refusal("permission.missing", clause="G4.2.3", permission="own mailbox")


def own_rules(*, actor: Actor, instance: Instance, mailbox: Mailbox) -> Rules | None:
    """What runs now; None: no answer in time. Refuses `permission.missing` to everybody but the owner."""
    _require_owner(actor, mailbox)
    name = f"look-rules-{secrets.token_hex(8)}"
    answer = ask(instance, name, {"do": "rules.read", "mailbox": mailbox.pk, "token": name.rpartition("-")[2]})
    return None if answer is None else read(str(answer.get("name", "")), str(answer.get("text", "")))


def read(name: str, text: str) -> Rules:
    """What a script does, as far as its owner has to know."""
    plain = _COMMENTS.sub(" ", text)
    forwards = tuple(dict.fromkeys(match.strip().lower() for match in _REDIRECT.findall(plain)))
    return Rules(name, text, forwards, bool(_VACATION.search(plain)))


def switch_off_rules(*, actor: Actor, mailbox: Mailbox) -> None:
    """No rule of his runs any more. Refuses `permission.missing` to everybody but the owner."""
    _require_owner(actor, mailbox)
    with transaction.atomic():
        ledger.record("rules.off", chain=mailbox.company.slug, actor=actor.name, subject=mailbox.address)
        outbox.enqueue(outbox.OPERATE, {"do": "rules.off", "mailbox": mailbox.pk})


# -- root's side -------------------------------------------------------------------------------------------------
def answer_read(instance: Instance, order: dict[str, Any]) -> None:
    """Raises ValueError for what is no order, OSError when Dovecot cannot say."""
    token, mailbox = str(order["token"]), _mailbox(order)
    if not _TOKEN.fullmatch(token):
        raise ValueError("not an order")
    found: dict[str, Any] = {"name": doveadm.active_script(instance, mailbox.home), "text": ""}
    if found["name"]:
        done = doveadm.run(instance, "sieve", "get", "-u", mailbox.address, found["name"])
        if done.returncode != 0:
            raise OSError(f"sieve of {mailbox.address}: {done.stderr.strip()[-200:]}")
        found["text"] = done.stdout[:LONGEST]
    answers.write(instance, f"look-rules-{token}", found)


def switch_off(instance: Instance, order: dict[str, Any]) -> None:
    """Raises OSError when Dovecot says no."""
    mailbox = _mailbox(order)
    doveadm.stop_script(instance, mailbox.address, mailbox.home)


def _mailbox(order: dict[str, Any]) -> Mailbox:
    found = Mailbox.objects.filter(pk=int(order["mailbox"]), closed_at=None, kind__in=PERSONAL_KINDS).first()
    if found is None:
        raise ValueError("no such mailbox")
    return found
