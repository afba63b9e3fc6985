"""The life of an instance: `up` from nothing, again, after deaths and against obstacles; `down` to nothing."""

from __future__ import annotations

import imaplib
import json
import os
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hongyan.engines.setup import placement
from hongyan.engines.supervise import processes
from hongyan.kernel.instance import PUBLIC_PORTS
from tests.system.hands import CHECKOUT, Failed, Running, environment

pytestmark = [pytest.mark.system, pytest.mark.skipif(os.geteuid() != 0, reason="sets up services")]

ENGINES = {"redis", "clamd", "rspamd", "dovecot", "postfix"}
OURS = {"gate", "guard", "publisher", "worker", "web"}


def short_directory() -> Path:
    """Open to the services and short enough for their sockets."""
    directory = Path(tempfile.mkdtemp(prefix="hongyan-life-", dir="/var/tmp"))
    directory.chmod(0o755)
    return directory


@pytest.fixture(scope="module")
def life() -> Iterator[Running]:
    directory = short_directory()
    running = Running(directory / "var")
    running.up("--offline")
    yield running
    running.down()
    assert processes.find(running.root) == []
    shutil.rmtree(directory)


@pytest.fixture
def nowhere() -> Iterator[Running]:
    """A directory in which no instance may appear."""
    directory = short_directory()
    yield Running(directory / "var")
    assert list(directory.iterdir()) == []
    directory.rmdir()


def pids(status: dict[str, Any]) -> dict[str, int]:
    return {service["name"]: service["pid"] for service in status["services"]}


def refused(running: Running, *words: str) -> str:
    with pytest.raises(Failed) as failed:
        running.run(*words)
    assert failed.value.code == 1
    assert "Traceback" not in failed.value.stderr
    code: str = failed.value.error["code"]
    return code


def test_status_is_what_scripts_rely_on(life: Running) -> None:
    status = life.run("status")
    assert status["ready"] is True
    assert set(pids(status)) == ENGINES | OURS
    assert all(service["state"] == "running" and service["pid"] > 0 for service in status["services"])
    assert set(status["ports"]) == set(PUBLIC_PORTS)
    assert status["release"] >= 1
    assert [warning["code"] for warning in status["warnings"]] == ["status.signatures_absent"]


def test_every_promised_port_takes_connections(life: Running) -> None:
    status = life.run("status")
    for port in status["ports"].values():
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            pass
    trusted = ssl.create_default_context(cafile=str(life.root / "tls" / "ca.pem"))
    with urllib.request.urlopen(status["web_url"], context=trusted, timeout=10) as page:
        assert page.status == 200


def test_up_twice_is_harmless_and_gives_a_fresh_link(life: Running) -> None:
    before = pids(life.run("status"))
    first, second = (life.run("up", "--detach") for _ in range(2))
    assert pids(life.run("status")) == before
    assert first["signin_url"] != second["signin_url"]
    assert second["ca"] == str(life.root / "tls" / "ca.pem")


def test_two_at_once_wait_for_each_other(life: Running) -> None:
    command = [str(CHECKOUT / "hongyan"), "up", "--detach", "--json", "--dir", str(life.root)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    for process in both:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert json.loads(out)["ready"] is True


def test_an_instance_is_not_changed_by_other_options(life: Running) -> None:
    assert refused(life, "up", "--detach", "--ports", "standard") == "setup.differs"


def test_a_killed_supervisor_blocks_nothing(life: Running) -> None:
    before = pids(life.run("status"))
    supervisor = int((life.root / "state" / "supervisor" / "supervisord.pid").read_text())
    os.kill(supervisor, signal.SIGKILL)
    time.sleep(0.5)
    assert refused_status(life)["ready"] is False
    life.run("up", "--detach")
    after = pids(life.run("status"))
    assert set(after) == set(before)
    assert not set(after.values()) & set(before.values())
    assert not {process.pid for process in processes.find(life.root)} & set(before.values())


def refused_status(running: Running) -> dict[str, Any]:
    done = subprocess.run(
        [str(CHECKOUT / "hongyan"), "status", "--json", "--dir", str(running.root)],
        capture_output=True, text=True, env=environment(),
    )  # fmt: skip
    assert done.returncode == 1
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_down_leaves_no_process_and_up_finds_everything_again(life: Running) -> None:
    release = life.run("status")["release"]
    assert life.run("down") == {"stopped": True, "ended": []}
    assert processes.find(life.root) == []
    assert refused_status(life)["services"] == []
    assert life.run("down") == {"stopped": True, "ended": []}
    since = time.monotonic()
    assert life.run("up", "--detach")["release"] == release
    assert time.monotonic() - since < 30  # 3 s alone on two cores; tests share the machine


def test_with_a_broken_database_mail_is_up_all_the_same(life: Running) -> None:
    life.run("down")
    database = life.root / "db" / "hongyan.sqlite3"
    whole = database.read_bytes()
    database.write_bytes(b"this is no database".ljust(8192, b"."))
    try:
        assert refused(life, "up", "--detach") == "up.without_database"
        with smtplib.SMTP("127.0.0.1", life.ports["smtp"], timeout=10) as client:
            assert client.ehlo()[0] == 250
        with imaplib.IMAP4("127.0.0.1", life.ports["imap"], timeout=10) as reader:
            assert reader.noop()[0] == "OK"
    finally:
        life.run("down")
        database.write_bytes(whole)
    assert life.run("up", "--detach")["ready"] is True


def test_in_the_foreground_a_signal_stops_everything(life: Running) -> None:
    life.run("down")
    command = [str(CHECKOUT / "hongyan"), "up", "--dir", str(life.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment()) as process:
        assert process.stdout is not None
        told = any(b"ca.pem" in line for line in process.stdout)
        running = {found.pid for found in processes.find(life.root)}
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert told
    assert running
    assert processes.find(life.root) == []
    life.run("up", "--detach")


def test_a_busy_port_is_named_and_nothing_is_made(nowhere: Running) -> None:
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            held.bind(("127.0.0.1", 8443))
        except OSError:
            pytest.skip("somebody else holds the demo port")
        held.listen()
        with pytest.raises(Failed) as failed:
            nowhere.run("up", "--detach", "--offline", "--ports", "demo")
    assert failed.value.error["code"] == "setup.ports_busy"
    assert f"pid {os.getpid()}" in failed.value.error["message"]


def test_without_root_a_sentence_and_nothing_else(nowhere: Running) -> None:
    place = placement.place_of(str(CHECKOUT))
    nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    done = subprocess.run(
        [*nobody, f"{place.venv}/bin/python", "-m", "hongyan.faces.cli", "up", "--json", "--dir", str(nowhere.root)],
        capture_output=True, text=True, cwd="/", env=environment() | {"PYTHONPATH": place.code},
    )  # fmt: skip
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == "setup.not_root"


def test_a_directory_that_services_cannot_reach_is_refused(nowhere: Running) -> None:
    closed = nowhere.root.parent / "closed"
    closed.mkdir(mode=0o700)
    assert refused(Running(closed / "var"), "up", "--detach") == "setup.closed_directory"
    assert list(closed.iterdir()) == []
    closed.rmdir()


def test_commands_without_an_instance_say_how_to_make_one(nowhere: Running) -> None:
    for words in (("status",), ("down",), ("logs",), ("mailbox", "list")):
        assert refused(nowhere, *words) == "instance.absent"
