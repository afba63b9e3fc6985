"""What `up` needs of the database: its tables, the first release, the operator's sign-in link.

Imported after Django is set up (`main.set_up_django`), so that `up` itself loads nothing of it before there is an
instance to read its settings from.
"""

from __future__ import annotations

import shutil

from django.core.management import call_command
from django.db import DatabaseError as Unusable

from hongyan.company.people import credentials
from hongyan.kernel.actor import command_line
from hongyan.kernel.decision import Decision, Refusal
from hongyan.kernel.instance import Instance
from hongyan.release import publish

__all__ = ["Unusable", "ensure_release", "migrate", "signin_link"]


def migrate(instance: Instance) -> None:
    """Bring the database to this version's tables; an older instance is upgraded here.

    SQLite's file belongs to the services' user from the start; what root writes later (`-wal`, `-shm`) SQLite gives to
    the same owner.
    """
    if not instance.database:
        instance.database_file.touch()
        instance.database_file.chmod(0o660)
        shutil.chown(instance.database_file, "hongyan", "hongyan")
    call_command("migrate", verbosity=0, interactive=False)


def ensure_release(instance: Instance) -> Decision | None:
    """A whole release for the engines. The decision tells of rows that could not be compiled: an older one is live."""
    try:
        published, refused = publish.ensure_release(instance)
    except publish.REFUSALS as refusal:
        raise Refusal("release.refused", said=str(refusal)) from refusal
    return Decision("release.older", {"number": published.number, "said": str(refused)}) if refused else None


def signin_link(instance: Instance) -> str:
    """A fresh one-time link for the machine's operator; an unused older one ends."""
    actor = command_line()
    operator = credentials.ensure_operator(actor=actor)
    token = credentials.make_link(actor=actor, account=operator, purpose="signin")
    return f"{instance.web_url}/link/{token}"
