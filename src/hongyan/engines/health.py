"""What the machine's services are doing, as a small file: the publisher (root) writes it, pages read it.

Always: written aside and renamed; readers see `at` and judge for themselves whether it is stale.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hongyan.engines.supervise import control as supervisor
from hongyan.kernel import clock
from hongyan.kernel.instance import Instance
from hongyan.release import store

STALE = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class ServiceHealth:
    name: str
    state: str
    pid: int


@dataclass(frozen=True, slots=True)
class Health:
    at: datetime
    services: tuple[ServiceHealth, ...]
    release: int
    queue: int  #: messages in Postfix's queue, -1 when it could not be asked
    signatures: str  #: "present", or "absent" when ClamAV has only the local test signature
    disk_free_mb: int

    @property
    def stale(self) -> bool:
        return clock.now() - self.at > STALE

    @property
    def well(self) -> bool:
        return not self.stale and all(s.state == "running" for s in self.services)


def path_of(instance: Instance) -> Path:
    return instance.state / "health.json"


def write_health(instance: Instance) -> None:
    health = Health(
        at=clock.now(),
        services=tuple(ServiceHealth(s.name, s.state, s.pid) for s in supervisor.states(instance) or ()),
        release=store.live_number(instance),
        queue=queue_length(instance),
        signatures=signatures(instance),
        disk_free_mb=disk_free_mb(instance),
    )
    aside = path_of(instance).with_suffix(".new")
    aside.write_text(json.dumps(asdict(health), default=str), "utf-8")
    aside.chmod(0o644)
    aside.rename(path_of(instance))


def read(instance: Instance) -> Health | None:
    """The last written health; None when there is none or it cannot be read."""
    try:
        raw = json.loads(path_of(instance).read_text("utf-8"))
        raw["at"] = datetime.fromisoformat(raw["at"])
        raw["services"] = tuple(ServiceHealth(**s) for s in raw["services"])
        return Health(**raw)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def queue_length(instance: Instance) -> int:
    """Files in the queue's directories: cheaper than a process, and the same that postqueue would list."""
    spool = instance.root / "spool"
    try:
        return sum(
            sum(1 for p in (spool / name).rglob("*") if p.is_file())
            for name in ("incoming", "active", "deferred", "hold", "maildrop")
        )
    except OSError:
        return -1


def signatures(instance: Instance) -> str:
    """`absent` when clamd has nothing but the local test signature (a fresh machine without freshclam)."""
    database = instance.root / "clamav" / "db"
    official = any(p.suffix in (".cvd", ".cld") and p.exists() for p in database.glob("*"))
    return "present" if official else "absent"


def disk_free_mb(instance: Instance) -> int:
    return shutil.disk_usage(instance.root).free // (1024 * 1024)
