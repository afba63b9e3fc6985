"""Making an instance: its directory, secrets, authority and settings file.

Owns: what stands in `instance.toml` and in secrets/ at birth, and the checks before it.
Always: an instance appears by one rename or not at all; nothing half-made is left behind by a failure.
No default secret (promise 8): every key is drawn here, readable to root and the group `hongyan` alone.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from hongyan.engines.setup import certificates, placement, ports, users
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import DEMO_PORTS, STANDARD_PORTS, Instance, load

NEEDED_MB = 500
BENCH = "bench"
HTTP_PORT = 80
#: sun_path holds 107 bytes; the longest socket below the root is run/dovecot/... with about 40.
LONGEST_ROOT = 66
#: What no engine's configuration syntax gives a meaning to.
_PLAIN = re.compile(r"[\w/.+-]+")
_HOSTNAME = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the operator may choose when an instance is made."""

    ports: ports.Choice | Literal[""] = ""  #: empty: demo
    hostname: str = ""  #: empty: the machine's
    listen: str = ""  #: empty: every address with standard ports, else loopback
    offline: bool = False
    resolver: str = ""  #: "ip" or "ip:port" of the DNS resolver that mail is judged with; empty: the system's
    database: str = ""  #: postgresql://user:password@host:port/name; empty: SQLite


def check_place(root: Path) -> None:
    """Refuse a directory in which the services could not work."""
    if root.exists() and not (root / "instance.toml").exists() and not _is_free(root):
        raise Refusal("setup.foreign_directory", directory=str(root))
    if closed := placement.first_closed(str(root)):
        raise Refusal("setup.closed_directory", directory=closed[0], mode=f"{closed[1]:04o}")
    if len(os.fsencode(root)) > LONGEST_ROOT:
        raise Refusal("setup.long_directory", directory=str(root), limit=LONGEST_ROOT)
    if not _PLAIN.fullmatch(str(root)):
        raise Refusal("setup.odd_directory", directory=str(root))


def _is_free(root: Path) -> bool:
    """Empty but for the results of benches, which may be there before any instance."""
    return root.is_dir() and all(path.name == BENCH for path in root.iterdir())


def check_disk(root: Path) -> None:
    there = next(path for path in (root, *root.parents) if path.exists())
    free = shutil.disk_usage(there).free // (1 << 20)
    if free < NEEDED_MB:
        raise Refusal("setup.disk_full", directory=str(there), free=free, needed=NEEDED_MB)


def make(root: Path, wishes: Wishes, *, debian: int, now: datetime) -> Instance:
    """A new instance at `root`, which is resolved and passed `check_place`. Raises Refusal and leaves nothing."""
    hostname = _hostname(wishes.hostname)
    listen = _listen_address(wishes)
    root.parent.mkdir(parents=True, exist_ok=True)
    chosen = ports.choose(wishes.ports or "demo", root, listen)
    settings: dict[str, str | int | bool] = {
        "name": f"{root.parent.name or 'root'}-{secrets.token_hex(3)}",
        "hostname": hostname,
        "listen": listen,
        "debian": debian,
        "outside": not wishes.offline and reaches_outside(),
        "resolver": _resolver(wishes.resolver),
        "database": _database(wishes.database),
        "memory": memory_directory(Path("/proc/self/mounts").read_text("utf-8")),
    }
    if wishes.ports == "standard" and ports.is_free(listen, HTTP_PORT):
        settings["http_port"] = HTTP_PORT
    for leftover in root.parent.glob(f".{root.name}.making-*"):  # of an `up` that was killed
        shutil.rmtree(leftover, ignore_errors=True)
    aside = root.with_name(f".{root.name}.making-{os.getpid()}")
    try:
        aside.mkdir(mode=0o755)
        group = users.group_of("hongyan")
        _draw_secrets(aside / "secrets", group)
        certificates.ensure(aside / "tls", hostname, now=now, group=group)
        (aside / "instance.toml").write_text(settings_text(settings, chosen), "utf-8")
        # The database's URL may hold a password (promise 8).
        os.chown(aside / "instance.toml", 0, group)
        (aside / "instance.toml").chmod(0o640 if wishes.database else 0o644)
        ports.require_free(load(aside))
        if root.exists():
            if (root / BENCH).exists():
                (root / BENCH).rename(aside / BENCH)
            root.rmdir()  # empty: check_place
        aside.rename(root)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return load(root)


def memory_directory(mounts: str) -> str:
    """Where the machine has a file system in memory, of the two places that are made for it; empty: nowhere."""
    held = {line.split()[1] for line in mounts.splitlines() if line.split()[2:3] == ["tmpfs"]}
    places = ("/run", "/dev/shm")  # noqa: S108 - what is made there has an owner, rights and a name drawn by lot
    return next((place for place in places if place in held), "")


def require_same(instance: Instance, wishes: Wishes) -> None:
    """What was chosen when the instance was made is changed in its settings file, not by another `up`."""
    differing = [
        name
        for name, wanted, given in (
            ("--hostname", wishes.hostname.lower().rstrip("."), instance.hostname),
            ("--listen", wishes.listen, instance.listen),
            ("--database", wishes.database, instance.database),
        )
        if wanted and wanted != given
    ]
    fixed = {"demo": DEMO_PORTS, "standard": STANDARD_PORTS}
    if wishes.ports in fixed and instance.ports != fixed[wishes.ports]:
        differing.append("--ports")
    if differing:
        raise Refusal("setup.differs", options=differing, file=str(instance.root / "instance.toml"))


def settings_text(settings: dict[str, str | int | bool], chosen: dict[str, int]) -> str:
    """`instance.toml`. JSON's strings, numbers and booleans are TOML's too."""
    lines = ["# Made by `hongyan up`. The operator may change it; `hongyan down` and `up` apply the change."]
    lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in settings.items()]
    lines += ["", "[ports]", *(f"{name} = {port}" for name, port in chosen.items()), ""]
    return "\n".join(lines)


def _draw_secrets(directory: Path, group: int) -> None:
    directory.mkdir(mode=0o750)
    os.chown(directory, 0, group)
    draws: dict[str, Callable[[], str]] = {
        "django.key": lambda: secrets.token_urlsafe(50),
        "webmaster.pass": lambda: secrets.token_hex(32),
        "guard.key": lambda: secrets.token_hex(32),
    }
    for name, draw in draws.items():
        with os.fdopen(os.open(directory / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(draw() + "\n")
            os.fchown(file.fileno(), 0, group)
            os.fchmod(file.fileno(), 0o640)


def _hostname(wanted: str) -> str:
    own = os.uname().nodename.lower()
    name = wanted.lower().rstrip(".") or (own if "." in own else f"{own}.localdomain")
    if not _HOSTNAME.fullmatch(name):
        raise Refusal("setup.hostname", hostname=name)
    return name


def _listen_address(wishes: Wishes) -> str:
    address = wishes.listen or ("0.0.0.0" if wishes.ports == "standard" else "127.0.0.1")  # noqa: S104 - a mail server
    try:
        socket.inet_pton(socket.AF_INET, address)
    except (OSError, ValueError):
        raise Refusal("setup.listen", address=address) from None
    return address


def _database(wanted: str) -> str:
    """Whether it can be reached shows when its tables are made."""
    parts = urlsplit(wanted)
    if wanted and not (parts.scheme == "postgresql" and parts.path.lstrip("/")):
        raise Refusal("setup.database", example="postgresql://user:password@host:5432/hongyan")
    return wanted


def _resolver(wanted: str) -> str:
    host, colon, port = wanted.partition(":")
    try:
        if wanted:
            socket.inet_pton(socket.AF_INET, host)
        if colon and not 0 < int(port) < 65536:
            raise ValueError(port)
    except (OSError, ValueError):
        raise Refusal("setup.resolver", resolver=wanted) from None
    return wanted


def reaches_outside(seconds: float = 1.5) -> bool:
    """Whether the system's DNS resolver knows the world: it answers a query for the root's name servers."""
    query = struct.pack(">6H", 0x4859, 0x0100, 1, 0, 0, 0) + b"\0" + struct.pack(">2H", 2, 1)  # RFC 1035 4.1: ". NS IN"
    for server in _resolvers()[:2]:
        family = socket.AF_INET6 if ":" in server else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as asker:
                asker.settimeout(seconds)
                asker.connect((server, 53))
                asker.send(query)
                answer = asker.recv(4096)
        except (OSError, ValueError):
            continue
        if len(answer) >= 8 and answer[:2] == query[:2]:
            return answer[3] & 0x0F == 0 and answer[6:8] != b"\0\0"  # RCODE 0 and at least one answer
    return False


def _resolvers() -> list[str]:
    try:
        lines = Path("/etc/resolv.conf").read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    return [words[1] for line in lines if len(words := line.split()) > 1 and words[0] == "nameserver"]
