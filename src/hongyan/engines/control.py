"""Telling the running engines that something changed.

Owns: reloads, ending live sessions, making a new mailbox's folders.
Never: decides what changed (release) or writes what engines read.
Always: an engine that does not run is not an error here; it reads the published files when it starts.
Engine notes: sections 0.7 and 3.
"""

from __future__ import annotations

import logging
import os
import pwd
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from hongyan.engines import doveadm
from hongyan.engines.supervise import control as supervisor
from hongyan.kernel.instance import Instance

log = logging.getLogger(__name__)
TIMEOUT = 30
KNOWN_WITHIN = 1.3  #: seconds
FEW = 5  #: sessions that are ended without asking first whether there are any
SPECIAL = ("Drafts", "Sent", "Archive", "Junk", "Trash")


class RunningEngines:
    """Implements `release.publish.Engines` for an instance under its supervisor."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    def reload(self, engine: str) -> None:
        if engine == "dovecot":
            self._doveadm("reload")
            # smtpd keeps its connection to the old auth process (engine notes 0.7)
            self.reload("postfix")
        elif engine == "postfix":
            self._run(["/usr/sbin/postfix", "-c", str(self.instance.live / "etc/postfix"), "reload"])
        elif engine == "rspamd":
            self._signal("rspamd", signal.SIGHUP)
        elif engine in ("redis", "clamd", "mta-sts"):
            supervisor.call(self.instance, "supervisor.stopProcess", engine, True)
            supervisor.call(self.instance, "supervisor.startProcess", engine, False)

    def end_sessions(self, logins: Iterable[str]) -> None:
        """End live IMAP, POP3 and ManageSieve sessions of these logins."""
        wanted = list(logins)
        if len(wanted) > FEW and (connected := self._connected()) is not None:
            wanted = [login for login in wanted if login in connected]
        for login in wanted:
            self._doveadm("kick", login)

    def _connected(self) -> set[str] | None:
        """Who has a session now; None when that cannot be told."""
        said = self._said("-f", "tab", "who")
        return None if said is None else {line.partition("\t")[0] for line in said.splitlines()[1:]}

    def await_logins(self, logins: list[str]) -> None:
        """Until Dovecot knows all of these, or has had the time that it ever needs (it looks once a second)."""
        end = time.monotonic() + KNOWN_WITHIN
        while not self._doveadm("user", "-f", "uid", *logins) and time.monotonic() < end:
            time.sleep(0.05)

    def make_folders(self, addresses: Sequence[str]) -> None:
        """Create each mailbox's INBOX and special folders, so that deliveries never race to make them."""
        with tempfile.NamedTemporaryFile("w", prefix="hongyan-folders-") as users:
            users.write("".join(f"{address}\n" for address in addresses))
            users.flush()
            self._doveadm("mailbox", "status", "-F", users.name, "messages", "INBOX")

    def show_shared(self, login: str, mailbox: str) -> None:
        """Subscribe the login to the shared mailbox and its special folders, which are made where they are missing.

        Programs that list subscribed folders alone would not show it otherwise.
        """
        for folder in SPECIAL:
            self._doveadm("mailbox", "create", "-u", mailbox, folder)  # says no where there is one
        root = f"Shared/{mailbox}"
        self._doveadm("mailbox", "subscribe", "-u", login, root, *(f"{root}/{folder}" for folder in SPECIAL))

    def hide_shared(self, login: str, mailbox: str) -> None:
        """What the login was subscribed to there stands in its list no more."""
        root = f"Shared/{mailbox}"
        said = self._said("mailbox", "list", "-s", "-u", login, root, f"{root}/*")
        if names := (said or "").splitlines():
            self._doveadm("mailbox", "unsubscribe", "-u", login, *names)

    def _said(self, *arguments: str) -> str | None:
        done = doveadm.run(self.instance, *arguments, timeout=TIMEOUT)
        return done.stdout if done.returncode == 0 else None

    def _doveadm(self, *arguments: str) -> bool:
        return self._run(doveadm.argv(self.instance, *arguments))

    def _run(self, argv: list[str]) -> bool:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=TIMEOUT, check=False)
        if done.returncode != 0:
            log.info("%s: %s", " ".join(argv[3:]), done.stderr.strip()[-300:])
        return done.returncode == 0

    def _signal(self, service: str, number: signal.Signals) -> None:
        for state in supervisor.states(self.instance) or []:
            if state.name == service and state.pid:
                os.kill(state.pid, number)


def make_homes(instance: Instance, homes: Iterable[str]) -> None:
    """Directories for new mailboxes, owned by vmail: Dovecot 2.4 expects them (engine notes, section 6)."""
    owner = pwd.getpwnam("vmail")
    for home in homes:
        path = instance.mail / home
        for directory in (path.parent, path):
            if not directory.is_dir():
                directory.mkdir(parents=True, exist_ok=True)
                os.chown(directory, owner.pw_uid, owner.pw_gid)
                Path(directory).chmod(0o700)
