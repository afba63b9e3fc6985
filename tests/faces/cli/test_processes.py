"""`status`, `logs` and `service` without running engines."""

from __future__ import annotations

import io
import json
import threading
from argparse import Namespace
from pathlib import Path

import pytest

from hongyan.engines.supervise.control import ServiceState
from hongyan.engines.supervise.readiness import Report
from hongyan.faces.cli import processes, service
from hongyan.faces.cli.output import Output
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import PUBLIC_PORTS, Instance
from tests.instance import make_instance


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    made = make_instance(tmp_path / "var")
    made.log.mkdir()
    return made


def output(*, json_mode: bool = False) -> tuple[Output, io.StringIO]:
    out = io.StringIO()
    return Output(json_mode=json_mode, locale="en", stdout=out, stderr=io.StringIO()), out


def test_status_of_a_stopped_instance_is_not_ready_and_exit_1(instance: Instance) -> None:
    out, document = output(json_mode=True)
    assert processes.run_status(Namespace(dir=instance.root), out) == 1
    status = json.loads(document.getvalue())
    assert (status["ready"], status["services"], status["release"]) == (False, [], 0)
    assert set(status["ports"]) == set(PUBLIC_PORTS)  # none of the private ones
    assert "signatures" in {warning["code"].partition("status.")[2].partition("_")[0] for warning in status["warnings"]}
    human, text = output()
    processes.run_status(Namespace(dir=instance.root), human)
    assert "does not run" in text.getvalue()


def test_a_service_that_runs_without_answering_is_shown_as_such(instance: Instance) -> None:
    states = (ServiceState("gate", "running", 7, 0), ServiceState("web", "running", 8, 0))
    report = Report(services=states, waiting=("gate",), release=3, warnings=())
    out, _ = output()
    text = processes.status_text(instance, report, out)
    assert "gate  no answer" in text
    assert "web   running" in text
    assert processes.status_document(instance, report, out)["ready"] is False


def test_logs_of_one_service_are_its_own_and_what_it_printed(instance: Instance) -> None:
    for name in ("dovecot.log", "dovecot-console.log", "gate-console.log"):
        (instance.log / name).write_text(f"{name} says this\n")
    assert [path.name for path in processes.log_files(instance, "dovecot")] == ["dovecot-console.log", "dovecot.log"]
    with pytest.raises(Refusal) as refused:
        processes.log_files(instance, "../secrets/django")
    assert refused.value.code == "logs.unknown_service"


def test_only_the_last_lines_are_shown_at_first(instance: Instance) -> None:
    (instance.log / "gate.log").write_text("".join(f"line {n}\n" for n in range(5000)))
    out, text = output()
    processes.run_logs(Namespace(dir=instance.root, service="gate", follow=False), out)
    lines = text.getvalue().splitlines()
    assert (len(lines), lines[-1]) == (processes.LINES_AT_FIRST, "line 4999")


def test_following_goes_on_after_rotation(instance: Instance) -> None:
    log = instance.log / "gate.log"
    log.write_text("old\n")
    lines = processes.follow([log])

    def write() -> None:
        with log.open("a") as file:
            file.write("new\n")
        log.rename(instance.log / "gate.log.1")
        log.write_text("rotated\n")

    timer = threading.Timer(0.1, write)
    timer.start()
    assert [next(lines), next(lines)] == ["new", "rotated"]
    timer.join()
    lines.close()


def test_the_unit_runs_this_instance_by_this_launcher(instance: Instance) -> None:
    text = service.unit_text(instance, Path("/srv/clone/hongyan"))
    assert f"ExecStart=/srv/clone/hongyan up --dir {instance.root}\n" in text
    assert f"ExecStop=/srv/clone/hongyan down --dir {instance.root}\n" in text
