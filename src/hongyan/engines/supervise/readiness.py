"""Whether an instance works, and what about it needs attention.

Always: "ready" is asked of the services themselves (their port or socket takes a connection), never inferred from a
process or a file that merely exists.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from hongyan.engines import health
from hongyan.engines.services import Ready, Service, services
from hongyan.engines.supervise import control
from hongyan.kernel.decision import Decision
from hongyan.kernel.instance import PUBLIC_PORTS, Instance
from hongyan.release import store

PROBE_SECONDS = 3.0  # a busy machine may take a second to accept
LOW_DISK_MB = 1024
#: What mail needs. The others may be down while people sign in and mail flows.
MAIL_PLANE = frozenset(("redis", "clamd", "rspamd", "dovecot", "postfix", "gate", "guard"))


@dataclass(frozen=True, slots=True)
class Report:
    services: tuple[control.ServiceState, ...]  #: empty: no supervisor runs
    waiting: tuple[str, ...]  #: services that do not answer (yet)
    release: int  #: 0: none was published
    warnings: tuple[Decision, ...]

    @property
    def running(self) -> bool:
        return bool(self.services)

    @property
    def ready(self) -> bool:
        return self.running and not self.waiting


def report_on(instance: Instance) -> Report:
    states = tuple(control.states(instance) or ())
    return Report(
        services=states,
        waiting=waiting(instance, states) if states else (),
        release=store.live_number(instance),
        warnings=_warnings(instance),
    )


def waiting(
    instance: Instance, states: Sequence[control.ServiceState], among: Collection[str] | None = None
) -> tuple[str, ...]:
    """The services (of `among`, else all) that do not run or do not answer, asked at once."""
    running = {state.name for state in states if state.state == "running"}
    wanted = [service for service in services(instance) if among is None or service.name in among]
    with ThreadPoolExecutor(len(wanted)) as pool:
        answers = pool.map(lambda service: service.name in running and answers_of(instance, service), wanted)
        return tuple(service.name for service, answer in zip(wanted, answers, strict=True) if not answer)


def answers_of(instance: Instance, service: Service) -> bool:
    match service.ready:
        case None:
            return True
        case Ready(socket=Path() as path):
            return _unix_answers(path)
        case Ready(port=port):
            return _connects(socket.AF_INET, socket.SOCK_STREAM, (_address(instance, port), port)) == 0


def _address(instance: Instance, port: int) -> str:
    public = port in (instance.ports[name] for name in PUBLIC_PORTS)
    return instance.listen if public and instance.listen != "0.0.0.0" else "127.0.0.1"  # noqa: S104 - a comparison


def _unix_answers(path: Path) -> bool:
    """A socket file without a process behind it refuses the connection."""
    code = _connects(socket.AF_UNIX, socket.SOCK_STREAM, str(path))
    if code == errno.EPROTOTYPE:
        code = _connects(socket.AF_UNIX, socket.SOCK_DGRAM, str(path))
    return code == 0


def _connects(family: int, kind: int, where: tuple[str, int] | str) -> int:
    """The error number of a connection, 0 when it stands."""
    with socket.socket(family, kind) as probe:
        probe.settimeout(PROBE_SECONDS)
        return probe.connect_ex(where)


def _warnings(instance: Instance) -> tuple[Decision, ...]:
    found = []
    if health.signatures(instance) == "absent":
        found.append(Decision("status.signatures_absent"))
    free = health.disk_free_mb(instance)
    if free < LOW_DISK_MB:
        found.append(Decision("status.disk_low", {"free": free}))
    return tuple(found)
