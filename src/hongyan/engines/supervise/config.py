"""The supervisor's configuration, from the list of services.

Owns: the text of state/supervisor/supervisord.conf.
Never: starts anything; a pure function but for `write`.
Always: every service is restarted for ever, waiting a second longer after each failure in a row; all its processes
carry HONGYAN_INSTANCE, by which a later `up` or `down` finds what a killed supervisor left.
"""

from __future__ import annotations

import resource
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path

import hongyan
from hongyan.engines.services import Service
from hongyan.engines.supervise import control
from hongyan.engines.supervise.processes import MARKER
from hongyan.kernel.instance import Instance

#: supervisord waits n seconds after the n-th failure in a row and gives up after so many: never, in practice.
RETRIES = 1_000_000
#: Dovecot's sign-in processes serve thousands of clients each (dovecot.conf, client_limit).
DESCRIPTORS = 17_000
LOG_BYTES, LOG_BACKUPS = "10MB", 3


def environment_of(instance: Instance) -> dict[str, str]:
    """What the supervisor and everything below it start with: nothing of the caller's shell."""
    return {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
        MARKER: str(instance.root),
        "HONGYAN_DIR": str(instance.root),
        "PYTHONPATH": str(Path(hongyan.__file__).absolute().parents[1]),
        "PYTHONSAFEPATH": "1",  # no module is ever taken from the working directory
    }


def render(instance: Instance, services: Iterable[Service]) -> str:
    sections = [
        "; Written by Hongyan at each start. Changes made here are lost.",
        _section("unix_http_server", {"file": control.socket_of(instance), "chmod": "0700", "chown": "root:root"}),
        _section(
            "supervisord",
            {
                "logfile": instance.log / "supervisor.log",
                "logfile_maxbytes": LOG_BYTES,
                "logfile_backups": LOG_BACKUPS,
                "pidfile": instance.state / "supervisor" / "supervisord.pid",
                "directory": instance.root,
                "identifier": instance.name,
                "umask": "022",
                "user": "root",
                "minfds": _descriptors(),
            },
        ),
        _section(
            "rpcinterface:supervisor",
            {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
        ),
        *(_program(instance, service) for service in services),
    ]
    return "\n".join(sections)


def _descriptors() -> int:
    """As many as are wished for, or what the machine allows."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)


def write(instance: Instance, services: Iterable[Service]) -> str:
    """Write the configuration; its path."""
    directory = control.socket_of(instance).parent
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / "supervisord.conf"
    aside = path.with_suffix(".new")
    aside.write_text(render(instance, services), "utf-8")
    aside.rename(path)
    return str(path)


def _program(instance: Instance, service: Service) -> str:
    return _section(
        f"program:{service.name}",
        {
            "command": command_of(service),
            "directory": service.directory,
            "user": service.user,
            "environment": _assignments(dict(service.environment)),
            "priority": service.priority,
            "autostart": "true",
            "autorestart": "true",
            "startsecs": 1,
            "startretries": RETRIES,
            "stopsignal": service.stop_signal,
            "stopwaitsecs": service.stop_wait,
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": instance.log / f"{service.name}-console.log",
            "stdout_logfile_maxbytes": LOG_BYTES,
            "stdout_logfile_backups": LOG_BACKUPS,
        },
    )


def command_of(service: Service) -> str:
    """The command line; commands that must succeed before each start come first, in a shell that then becomes it."""
    command = shlex.join(service.argv)
    if not service.before:
        return command
    steps = [*(shlex.join(step) for step in service.before), f"exec {command}"]
    return shlex.join(("/bin/sh", "-c", " && ".join(steps)))


def _assignments(environment: Mapping[str, str]) -> str:
    return ",".join(f'{key}="{value}"' for key, value in environment.items())


def _section(name: str, values: Mapping[str, object]) -> str:
    """Values are expanded by supervisord with `%`, so each is doubled."""
    lines = [f"{key} = {str(value).replace('%', '%%')}" for key, value in values.items() if value != ""]
    return "\n".join([f"[{name}]", *lines, ""])
