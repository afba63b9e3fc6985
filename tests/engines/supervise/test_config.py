"""The supervisor's configuration, read by the supervisor's own parser."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from supervisor.options import ServerOptions

from hongyan.engines.services import Service
from hongyan.engines.supervise import config
from hongyan.kernel.instance import Instance
from tests.instance import make_instance


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    made = make_instance(tmp_path / "var")
    made.log.mkdir()
    return made


def parsed(instance: Instance, *services: Service) -> dict[str, Any]:
    options = ServerOptions()
    options.realize(["-c", config.write(instance, services)])
    return {group.process_configs[0].name: group.process_configs[0] for group in options.process_group_configs}


def test_a_service_is_started_as_it_says(instance: Instance) -> None:
    argv = ("/bin/echo", "a b", "100%", "it's", 'say "x"')
    service = Service("echo", argv, instance.root, user="root", stop_signal="INT", stop_wait=7, priority=3)
    read = parsed(instance, service)["echo"]
    assert shlex.split(read.command) == list(argv)
    assert (read.directory, read.uid, read.stopsignal, read.stopwaitsecs) == (str(instance.root), 0, 2, 7)
    assert read.priority == 3
    assert read.stdout_logfile == str(instance.log / "echo-console.log")


def test_it_is_restarted_for_ever(instance: Instance) -> None:
    read = parsed(instance, Service("echo", ("/bin/true",), instance.root))["echo"]
    assert read.autorestart.__name__ == "RestartUnconditionally"
    assert read.startretries >= 1_000_000


def test_environment_values_survive_quotes_and_percent_signs(instance: Instance) -> None:
    environment = (("A", "50% off"), ("B", "a,b=c"))
    read = parsed(instance, Service("echo", ("/bin/true",), instance.root, environment=environment))["echo"]
    assert read.environment == dict(environment)


def test_commands_before_a_start_must_succeed_and_the_shell_becomes_the_service(instance: Instance) -> None:
    service = Service("p", ("/bin/echo", "a b"), instance.root, before=(("/bin/check", "it's"),))
    shell, option, script = shlex.split(parsed(instance, service)["p"].command)
    assert (shell, option) == ("/bin/sh", "-c")
    assert script == "/bin/check 'it'\"'\"'s' && exec /bin/echo 'a b'"


def test_everything_is_marked_and_knows_nothing_of_the_callers_shell(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_SHELL", "x")
    monkeypatch.setenv("PYTHONPATH", "relative")
    environment = config.environment_of(instance)
    assert environment["HONGYAN_INSTANCE"] == environment["HONGYAN_DIR"] == str(instance.root)
    assert "SECRET_OF_THE_SHELL" not in environment
    assert (Path(environment["PYTHONPATH"]) / "hongyan" / "__init__.py").is_absolute()
