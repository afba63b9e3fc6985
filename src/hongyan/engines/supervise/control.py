"""Talking to an instance's supervisor over its control socket.

Owns: start, stop and state of the supervisor and its services.
Never: decides which services there are (`engines/services.py`).
Always: "no supervisor answers" is an answer (None), never an exception or an empty list of services.
"""

from __future__ import annotations

import http.client
import socket
import xmlrpc.client
from pathlib import Path
from typing import Any, NamedTuple

from hongyan.kernel.instance import Instance

_TIMEOUT = 30.0


class ServiceState(NamedTuple):
    name: str
    state: str  #: supervisord's words in lower case: starting, running, backoff, stopping, stopped, exited, fatal
    pid: int  #: 0 when none
    since: int  #: seconds since the epoch


def socket_of(instance: Instance) -> Path:
    return instance.state / "supervisor" / "control.sock"


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = str(path)

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = _UnixConnection(self._path)
        self._connection = host, connection  # what `close` closes
        return connection


def call(instance: Instance, method: str, *arguments: Any) -> Any:
    """One call of the supervisor's XML-RPC. None when no supervisor answers or it refuses the call.

    Raises PermissionError for others than root: whether one runs is then unknown.
    """
    with xmlrpc.client.ServerProxy("http://localhost", transport=_UnixTransport(socket_of(instance))) as proxy:
        try:
            return getattr(proxy, method)(*arguments)
        except PermissionError as closed:
            raise PermissionError(closed.errno, closed.strerror, str(socket_of(instance))) from None
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            return None


def supervisor_pid(instance: Instance) -> int | None:
    pid = call(instance, "supervisor.getPID")
    return pid if isinstance(pid, int) else None


def states(instance: Instance) -> list[ServiceState] | None:
    """All services in the order of their start. None: no supervisor runs."""
    answer = call(instance, "supervisor.getAllProcessInfo")
    if not isinstance(answer, list):
        return None
    return [ServiceState(i["name"], i["statename"].lower(), i["pid"], i["start"]) for i in answer]


def stop_services(instance: Instance) -> None:
    """Tell every service to stop, all at once: one after another would add their times up."""
    call(instance, "supervisor.stopAllProcesses", False)


def shut_down(instance: Instance) -> None:
    call(instance, "supervisor.shutdown")
