"""The page's side of a supervised look: asks root for folders, a page of one, a message (clause G2.1.5).

Always: the look is open and the actor's own; what he reads is an event before root is asked. None: no answer yet.
"""

from __future__ import annotations

import os
from typing import Any

from django.db import transaction

from hongyan.company.leaving.looking import note_read, require_look
from hongyan.company.leaving.models import Look
from hongyan.engines.desk.asking import ask
from hongyan.kernel.actor import Actor
from hongyan.kernel.instance import Instance


def folders(*, actor: Actor, instance: Instance, look: Look) -> dict[str, Any] | None:
    require_look(actor, look)
    return _ask(instance, look, "folders", "", 0)


def messages(*, actor: Actor, instance: Instance, look: Look, folder: str, page: int = 0) -> dict[str, Any] | None:
    require_look(actor, look)
    with transaction.atomic():
        note_read(actor, look, folder)
    return _ask(instance, look, "list", folder, page)


def message(*, actor: Actor, instance: Instance, look: Look, folder: str, uid: int) -> dict[str, Any] | None:
    require_look(actor, look)
    with transaction.atomic():
        note_read(actor, look, folder, uid)
    return _ask(instance, look, "message", folder, uid)


def _ask(instance: Instance, look: Look, what: str, folder: str, number: int) -> dict[str, Any] | None:
    token = os.urandom(8).hex()
    order = {"do": "leaving.look", "look": look.pk, "what": what, "folder": folder, "number": number, "token": token}
    return ask(instance, f"look-{token}", order)
