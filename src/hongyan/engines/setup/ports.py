"""Ports: the three sets, whether they are free, and who holds a busy one.

Never: keeps a port open. Whether a port is free is asked by binding it, as the service will do.
"""

from __future__ import annotations

import os
import random
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal

from hongyan.engines.setup.placement import LIBRARY
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import DEMO_PORTS, PRIVATE_PORTS, PUBLIC_PORTS, STANDARD_PORTS, Instance

Choice = Literal["demo", "standard", "auto"]
#: Automatic ports come in blocks of 16 below the kernel's range for outgoing connections (32768 and up).
_FIRST, _LAST, _BLOCK = 20000, 32000, 16
_MAKING_SECONDS = 600
_CLAIMS = Path(LIBRARY) / "ports"


def choose(choice: Choice, root: Path, listen: str) -> dict[str, int]:
    match choice:
        case "demo":
            return dict(DEMO_PORTS)
        case "standard":
            return dict(STANDARD_PORTS)
        case "auto":
            return _automatic(root, listen)


def _automatic(root: Path, listen: str) -> dict[str, int]:
    """A block of free ports that no other instance of this machine has been given, whether it runs now or not."""
    names = (*PUBLIC_PORTS, *PRIVATE_PORTS)
    blocks = list(range(_FIRST, _LAST, _BLOCK))
    random.shuffle(blocks)  # two set-ups at once rarely look at the same block
    _CLAIMS.mkdir(parents=True, exist_ok=True)
    _forget_claims()
    for base in blocks:
        ports = {name: base + offset for offset, name in enumerate(names)}
        if all(is_free(_address(name, listen), port) for name, port in ports.items()) and _claim(base, root):
            return ports
    raise Refusal("setup.ports_exhausted")


def _claim(base: int, root: Path) -> bool:
    """A claim is a symlink to the instance. Making one is atomic."""
    claim = _CLAIMS / str(base)
    try:
        claim.symlink_to(root)
    except FileExistsError:
        return os.readlink(claim) == str(root)
    return True


def _forget_claims() -> None:
    """Of instances that are gone. A young claim stays: its instance is perhaps being made."""
    for claim in _CLAIMS.iterdir():
        with suppress(OSError):  # another set-up forgets it as well
            young = time.time() - claim.lstat().st_mtime < _MAKING_SECONDS
            if not young and not (Path(os.readlink(claim)) / "instance.toml").exists():
                claim.unlink()


def _address(name: str, listen: str) -> str:
    return "127.0.0.1" if name in PRIVATE_PORTS else listen


def is_free(address: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def require_free(instance: Instance) -> None:
    """Refuse with the busy ports and their holders, all at once."""
    busy = [
        f"{port} ({name}{', ' + held if (held := holder(port)) else ''})"
        for name, port in instance.ports.items()
        if not is_free(_address(name, instance.listen), port)
    ]
    if busy:
        raise Refusal("setup.ports_busy", ports=busy)


def holder(port: int) -> str:
    """`NAME, pid N` of the process that listens on `port`; empty when it cannot be told."""
    sockets = _listening_inodes(port)
    if not sockets:
        return ""
    for pid in (name for name in os.listdir("/proc") if name.isdigit()):
        try:
            links = (os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd"))
            if any(link in sockets for link in links):
                return f"{Path(f'/proc/{pid}/comm').read_text('utf-8').strip()}, pid {pid}"
        except OSError:  # it ended meanwhile, or belongs to somebody else
            continue
    return ""


def _listening_inodes(port: int) -> set[str]:
    listening = "0A"  # TCP_LISTEN in /proc/net/tcp
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text("ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == listening and int(fields[1].rpartition(":")[2], 16) == port:
                found.add(f"socket:[{fields[9]}]")
    return found
