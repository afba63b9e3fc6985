"""Whether an instance works, and what about it needs attention.

Always: "ready" is asked of the services themselves, never inferred from a process that merely exists.
"""

from __future__ import annotations

from dataclasses import dataclass

from hongyan.engines.supervise import control
from hongyan.kernel.decision import Decision
from hongyan.kernel.instance import Instance


@dataclass(frozen=True, slots=True)
class Report:
    services: tuple[control.ServiceState, ...]  #: empty: no supervisor runs
    release: int  #: 0: none was published
    warnings: tuple[Decision, ...]

    @property
    def ready(self) -> bool:
        return bool(self.services) and all(service.state == "running" for service in self.services)


def report_on(instance: Instance) -> Report:
    return Report(tuple(control.states(instance) or ()), 0, ())
