"""The instance that is measured: made, filled and ended by the product's own commands and actions.

Owns: one instance in a directory of its own on free ports, without an outside.
Never: writes what the publisher writes; the rows come from the company's actions.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from bench.bare import wait_until
from bench.load import ROOT
from hongyan.kernel.instance import Instance, load

SETTINGS = "hongyan.faces.settings"


class Measured:
    """A running instance, seen as a `Side`."""

    name = "instance"

    def __init__(self, root: Path) -> None:
        self.root = root
        self.status: dict[str, Any] = {}

    @property
    def instance(self) -> Instance:
        return load(self.root)

    @property
    def ports(self) -> dict[str, int]:
        return self.instance.ports

    @property
    def spool(self) -> Path:
        return self.root / "spool"

    @property
    def dovecot_conf(self) -> Path:
        return self.instance.live / "etc/dovecot.conf"

    @property
    def roots(self) -> list[int]:
        return [int((self.instance.state / "supervisor" / "supervisord.pid").read_text("ascii"))]

    def command(self, *arguments: str) -> dict[str, Any]:
        """One command of the product; raises with what it said."""
        words = [str(ROOT / "hongyan"), *arguments, "--dir", str(self.root), "--json"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(arguments)}: {done.stdout}{done.stderr}")
        found: dict[str, Any] = json.loads(done.stdout or "{}")
        return found

    def start(self) -> None:
        # A benchmark that is told to end takes the way of every other end: what it started is stopped.
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
        self.status = self.command("up", "--detach", "--ports", "auto", "--offline")

    def stop(self) -> None:
        self.command("down")

    def set_rspamd(self, wanted: bool) -> None:
        """As an operator does: change the settings file, `down`, `up`."""
        file = self.root / "instance.toml"
        head, mark, ports = file.read_text("utf-8").partition("[ports]")
        lines = [line for line in head.splitlines() if not line.startswith("rspamd = ")]
        lines = [line for line in lines if line] + [f"rspamd = {'true' if wanted else 'false'}", "", ""]
        self.stop()
        file.write_text("\n".join(lines) + mark + ports, "utf-8")
        self.start()

    def wait_for_folders(self, addresses: Iterable[str], seconds: float = 120.0) -> None:
        """The publisher makes the folders of new mailboxes a few at a time, after their release."""
        homes = [self.instance.home(address) / "mail" for address in addresses]
        wait_until(lambda: all(home.exists() for home in homes), "folders of the new mailboxes", seconds)

    def acts(self) -> ModuleType:
        """`bench.acts` with Django set up for this instance. A process can serve one instance only."""
        os.environ["HONGYAN_DIR"] = str(self.root)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
        if "bench.acts" not in sys.modules:
            importlib.import_module("django").setup()
        return importlib.import_module("bench.acts")
