"""What a supervised process is: how it is started, stopped, and asked whether it is ready.

Owns: the shape. `engines/services.py` fills it for each service of an instance.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Ready = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    argv: tuple[str, ...]  #: started directly, no shell; must stay in the foreground
    ready: Ready  #: asked from another process, often; answers within a second
    user: str = "root"  #: the supervisor changes to it, with its groups; engines that change by themselves start as root
    environment: Mapping[str, str] = field(default_factory=dict)  #: HONGYAN_INSTANCE and HONGYAN_DIR are added
    stop_signal: str = "TERM"
    stop_seconds: int = 10  #: then it is killed
    stop_children: bool = False  #: signal the whole process group (never for Postfix's and Dovecot's masters)
    needed: bool = True  #: False: `up` does not wait for it (freshclam)


def accepts(address: str, port: int) -> Ready:
    """Ready when the port takes connections."""
    return lambda: _connects(socket.AF_INET, (address, port))


def accepts_unix(path: Path) -> Ready:
    return lambda: _connects(socket.AF_UNIX, str(path))


def exists(path: Path) -> Ready:
    """For a service that listens on no stream socket: it makes `path` when it is ready."""
    return path.exists


def _connects(family: int, where: tuple[str, int] | str) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(where)
        except OSError:
            return False
    return True
