"""A bare instance directory for tests that need paths, ports and secrets but no running engines."""

from __future__ import annotations

import secrets
from pathlib import Path

from hongyan.kernel.instance import DEMO_PORTS, Instance, load


def make_instance(root: Path, *, debian: int = 12, database: str = "") -> Instance:
    for directory in ("secrets", "db", "state", "run/publisher", "events/quota", "live", "releases", "tls"):
        (root / directory).mkdir(parents=True, exist_ok=True)
    for name in ("django.key", "webmaster.pass", "guard.key"):
        (root / "secrets" / name).write_text(secrets.token_hex(24))
    ports = "\n".join(f"{name} = {port}" for name, port in DEMO_PORTS.items())
    (root / "instance.toml").write_text(
        f'name = "{root.name}"\nhostname = "mail.corp.test"\nlisten = "127.0.0.1"\ndebian = {debian}\n'
        f'outside = false\ndatabase = "{database}"\n\n[ports]\n{ports}\n'
    )
    return load(root)
