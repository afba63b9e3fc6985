"""A real supervisor over two small services: start, readiness, death of each part, stop."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hongyan.engines import services as catalogue
from hongyan.engines.services import Ready, Service
from hongyan.engines.supervise import control, processes, readiness, starting, stopping
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import Instance
from tests.instance import make_instance

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="services change their user")

SERVE = """
import os, socket, sys
server = socket.socket(socket.AF_UNIX)
if os.path.exists(sys.argv[1]): os.unlink(sys.argv[1])
server.bind(sys.argv[1]); server.listen()
print("listening", flush=True)
while True: server.accept()[0].close()
"""
FAIL = "import sys; sys.exit('no reason to live')"


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch) -> Iterator[Instance]:
    directory = Path(tempfile.mkdtemp(prefix="hongyan-"))  # short: a socket's path holds 107 bytes
    made = make_instance(directory / "var")
    made.log.mkdir()
    set_services(monkeypatch, served(made, "one"), served(made, "two"))
    yield made
    stopping.stop(made)
    shutil.rmtree(directory)


def served(instance: Instance, name: str) -> Service:
    path = instance.run / f"{name}.sock"
    script = instance.root / "serve.py"
    script.write_text(SERVE)
    return Service(name, (sys.executable, str(script), str(path)), instance.root, ready=Ready(socket=path))


def set_services(monkeypatch: pytest.MonkeyPatch, *services: Service) -> None:
    for module in (catalogue, readiness):
        monkeypatch.setattr(module, "services", lambda instance: services)


def up(instance: Instance) -> dict[str, control.ServiceState]:
    starting.sweep(instance)
    starting.start_supervisor(instance)
    starting.wait_until_ready(instance)
    return states(instance)


def states(instance: Instance) -> dict[str, control.ServiceState]:
    return {state.name: state for state in control.states(instance) or ()}


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def test_ready_means_that_every_service_answers(instance: Instance) -> None:
    assert readiness.report_on(instance).ready is False
    assert set(up(instance)) == {"one", "two"}
    report = readiness.report_on(instance)
    assert (report.ready, report.waiting) == (True, ())


def test_a_process_that_runs_but_does_not_answer_is_not_ready(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    up(instance)
    mute = replace(served(instance, "two"), ready=Ready(socket=instance.run / "elsewhere.sock"))
    set_services(monkeypatch, served(instance, "one"), mute)
    report = readiness.report_on(instance)
    assert (report.ready, report.waiting) == (False, ("two",))


def test_a_killed_service_comes_back(instance: Instance) -> None:
    before = up(instance)["one"].pid
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: states(instance)["one"].pid not in (0, before))
    starting.wait_until_ready(instance)


def test_what_a_killed_supervisor_left_does_not_block_the_next_start(instance: Instance) -> None:
    before = up(instance)
    pid = control.supervisor_pid(instance)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: control.states(instance) is None)
    assert {process.pid for process in processes.find(instance.root)} == {state.pid for state in before.values()}
    after = up(instance)
    assert not {state.pid for state in before.values()} & {state.pid for state in after.values()}


def test_stop_leaves_no_process_and_no_socket(instance: Instance) -> None:
    up(instance)
    assert stopping.is_running(instance)
    assert stopping.stop(instance) == []
    assert processes.find(instance.root) == []
    assert not stopping.is_running(instance)
    assert list(instance.run.glob("*.sock")) == []
    assert stopping.stop(instance) == []  # again: harmless


def test_a_service_that_does_not_come_is_named_with_its_last_words(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = Service("three", (sys.executable, "-c", FAIL), instance.root)
    set_services(monkeypatch, served(instance, "one"), failing)
    monkeypatch.setattr(starting, "WAIT_SECONDS", 3.0)
    with pytest.raises(Refusal) as refused:
        up(instance)
    assert refused.value.code == "up.not_ready"
    assert refused.value.decision.params["services"] == ["three"]
    assert "no reason to live" in refused.value.decision.params["log"]


def test_a_service_stopped_by_hand_is_started_again(instance: Instance) -> None:
    up(instance)
    control.call(instance, "supervisor.stopProcess", "one", True)
    assert readiness.report_on(instance).waiting == ("one",)
    starting.restart_missing(instance)
    starting.wait_until_ready(instance)


def test_only_root_may_speak_to_the_supervisor(instance: Instance) -> None:
    up(instance)
    path = control.socket_of(instance)
    assert path.stat().st_mode & 0o777 == 0o700
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_nobody_answering_is_an_answer(tmp_path: Path) -> None:
    stopped = make_instance(tmp_path / "stopped")
    assert control.states(stopped) is None
    assert control.supervisor_pid(stopped) is None
