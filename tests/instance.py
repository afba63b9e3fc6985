"""A bare instance directory for tests that need paths, ports and secrets but no running engines."""

from __future__ import annotations

import secrets
from pathlib import Path

from hongyan.kernel.instance import DEMO_PORTS, Instance, load


def this_debian() -> int:
    """The release whose engines' checkers stand on this machine."""
    return int(Path("/etc/debian_version").read_text("ascii").split(".")[0])


def make_instance(root: Path, *, database: str = "") -> Instance:
    for directory in ("secrets", "db", "state", "run/publisher", "events/quota", "live", "releases", "tls"):
        (root / directory).mkdir(parents=True, exist_ok=True)
    for name in ("django.key", "webmaster.pass", "guard.key"):
        (root / "secrets" / name).write_text(secrets.token_hex(24))
    ports = "\n".join(f"{name} = {port}" for name, port in DEMO_PORTS.items())
    (root / "instance.toml").write_text(
        f'name = "{root.name}"\nhostname = "mail.corp.test"\nlisten = "127.0.0.1"\ndebian = {this_debian()}\n'
        f'outside = false\ndatabase = "{database}"\n\n[ports]\n{ports}\n'
    )
    return load(root)
