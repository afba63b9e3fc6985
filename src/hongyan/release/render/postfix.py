"""Postfix: main.cf and master.cf, the same text for 3.7 (Debian 12) and 3.10 (Debian 13) but for one line.

Owns: listeners, relaying, restrictions, milters, limits.
Always: no listener relays for a client that has not signed in, except `inside` for loopback; every message that comes
in passes the gate first and Rspamd last, so that the signature is over what is sent and refused mail costs no scan.
"""

from __future__ import annotations

from pathlib import Path

from hongyan.kernel.instance import Instance
from hongyan.release.facts import Ground
from hongyan.release.render.filetext import FileText, template

Checks = list[tuple[str, list[str]]]


def files(ground: Ground) -> dict[str, FileText]:
    instance = ground.instance
    values = {
        "i": instance,
        "tables": instance.live / "tables",
        "postmaster": _postmaster(ground),
        "message_bytes": instance.message_size_mb * 1024 * 1024,
        "milters": _milters(instance),
    }
    return {
        "etc/postfix/main.cf": FileText(template("postfix/main.cf.j2", **values)),
        "etc/postfix/master.cf": FileText(template("postfix/master.cf.j2", **values)),
    }


def _postmaster(ground: Ground) -> str:
    """Whom a bare <postmaster> means: that of the domain that the host is in, else of the first one."""
    host, names = ground.instance.hostname, [domain.name for domain in ground.domains]
    above = [name for name in names if host == name or host.endswith(f".{name}")]
    return f"postmaster@{next(iter([*above, *names]), host)}"


def _milters(instance: Instance) -> list[tuple[Path, str]]:
    """(socket, command timeout) in the order in which they see a message."""
    gate = (instance.gate_socket, "60s")
    scanner = (instance.run / "rspamd" / "milter.sock", "180s")
    return [gate, scanner] if instance.rspamd else [gate]


def checks(root: Path) -> Checks:
    directory = str(root / "etc/postfix")
    return [
        ("postconf", ["/usr/sbin/postconf", "-c", directory, "-n"]),
        ("postconf -M", ["/usr/sbin/postconf", "-c", directory, "-M"]),
    ]
