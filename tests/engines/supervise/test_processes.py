"""Whose process is it? Real processes, recognised and ended; what only looks alike is left alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hongyan.engines.supervise import processes

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="other users' processes are read by root alone")

SLEEP = "import time; print(flush=True); time.sleep(60)"
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    directory = tmp_path / "var"
    directory.mkdir()
    return directory


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts Python with a script that prints one line when it is ready."""
    started: list[subprocess.Popen[bytes]] = []

    def run(
        script: str = SLEEP, *arguments: str, env: dict[str, str] | None = None, cwd: Path | None = None
    ) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-c", script, *arguments], env=env or {}, cwd=cwd, stdout=subprocess.PIPE
        )
        started.append(process)
        assert process.stdout is not None
        process.stdout.readline()
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def found(root: Path) -> list[int]:
    return [process.pid for process in processes.find(root)]


def test_a_marked_process_and_its_unmarked_descendants_are_found(root: Path, start: Start) -> None:
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SLEEP!r}], env={{}})"
    parent = start(script, env={"HONGYAN_INSTANCE": str(root)})
    first, second = found(root)
    assert first == parent.pid
    assert second != parent.pid
    assert len(processes.end_all(root)) == 2
    parent.wait(5)
    assert found(root) == []


def test_a_postfix_process_is_known_by_its_configuration(root: Path, start: Start) -> None:
    process = start(env={"MAIL_CONFIG": f"{root}/live/etc/postfix"})
    assert found(root) == [process.pid]


def test_another_instance_is_never_touched(root: Path, start: Start) -> None:
    others = [
        start(env={"HONGYAN_INSTANCE": f"{root}2"}),
        start(env={"HONGYAN_INSTANCE": str(root.parent)}),
        start(env={"HONGYAN_INSTANCE": f"/srv{root}"}),
        start(env={"MAIL_CONFIG": f"{root}2/live/etc/postfix"}),
    ]
    assert processes.end_all(root) == []
    assert all(process.poll() is None for process in others)


def test_whoever_merely_mentions_or_visits_the_instance_is_left(root: Path, start: Start) -> None:
    reader = start(SLEEP, f"{root}/log/postfix.log", env={"HONGYAN_DIR": str(root)})
    visitor = start(cwd=root)
    assert found(root) == []
    assert (reader.poll(), visitor.poll()) == (None, None)


def test_an_engine_that_cleans_its_environment_is_known_by_where_it_works(
    root: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "ENGINES", (os.path.realpath(sys.executable),))  # python plays the engine
    titled = start(SLEEP, f"engine ({root}/run/engine.sock)")
    working = start(cwd=root)
    elsewhere = start(SLEEP, f"engine (/srv{root}/run/engine.sock)")
    assert set(found(root)) & {titled.pid, working.pid, elsewhere.pid} == {titled.pid, working.pid}


def test_the_same_path_in_another_root_directory_is_another_instance(root: Path, start: Start, tmp_path: Path) -> None:
    (tmp_path / "jail").mkdir()
    jailed = "import os, sys; os.chroot(sys.argv[1]); " + SLEEP
    marked = {"HONGYAN_INSTANCE": str(root)}
    start(jailed, str(tmp_path / "jail"), env=marked)
    inside = start(jailed, str(root), env=marked)  # as Dovecot locks its login processes into run/dovecot/login
    assert found(root) == [inside.pid]


def test_one_that_will_not_hear_is_killed(root: Path, start: Start) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEP
    process = start(deaf, env={"HONGYAN_INSTANCE": str(root)})
    since = time.monotonic()
    assert [p.pid for p in processes.end_all(root, patience=0.3)] == [process.pid]
    assert process.wait(5) == -signal.SIGKILL
    assert time.monotonic() - since < 30


def test_whoever_asks_is_not_among_the_found(root: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from hongyan.engines.supervise import processes; "
        "print(processes.end_all(Path(sys.argv[1])))"
    )
    environment = {"HONGYAN_INSTANCE": str(root), "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", script, str(root)], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
