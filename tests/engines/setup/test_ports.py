"""Ports: free or not, who holds them, and blocks for instances side by side."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from hongyan.engines.setup import ports
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import PRIVATE_PORTS, PUBLIC_PORTS
from tests.instance import make_instance

LOOPBACK = "127.0.0.1"


@pytest.fixture(autouse=True)
def claims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(ports, "_CLAIMS", tmp_path / "claims")
    return tmp_path / "claims"


def test_automatic_ports_are_free_high_and_complete(tmp_path: Path) -> None:
    chosen = ports.choose("auto", tmp_path / "a", LOOPBACK)
    assert set(chosen) == {*PUBLIC_PORTS, *PRIVATE_PORTS}
    assert len(set(chosen.values())) == len(chosen)
    assert all(20000 <= port < 32768 and ports.is_free(LOOPBACK, port) for port in chosen.values())


def test_an_instance_that_does_not_run_keeps_its_block(
    tmp_path: Path, claims: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "_FIRST", 29000)
    monkeypatch.setattr(ports, "_LAST", 29000 + 2 * 16)
    first = make_instance(tmp_path / "first")
    second = make_instance(tmp_path / "second")
    one = ports.choose("auto", first.root, LOOPBACK)
    two = ports.choose("auto", second.root, LOOPBACK)
    assert not set(one.values()) & set(two.values())
    with pytest.raises(Refusal) as none_left:
        ports.choose("auto", tmp_path / "third", LOOPBACK)
    assert none_left.value.code == "setup.ports_exhausted"
    (first.root / "instance.toml").unlink()  # being made, as far as one can tell
    with pytest.raises(Refusal):
        ports.choose("auto", tmp_path / "third", LOOPBACK)
    for claim in claims.iterdir():
        os.utime(claim, (0, 0), follow_symlinks=False)
    # gone: its block is given anew
    assert ports.choose("auto", tmp_path / "third", LOOPBACK) == one


def test_a_busy_port_is_refused_with_its_holder(tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as held:
        port = held.getsockname()[1]
        instance = make_instance(tmp_path / "a")
        free = ports.choose("auto", tmp_path / "a", LOOPBACK)
        with pytest.raises(Refusal) as refused:
            ports.require_free(replace(instance, ports=free | {"imap": port}))
        (said,) = refused.value.decision.params["ports"]
        assert said.startswith(f"{port} (imap, ")
        assert said.endswith(f"pid {os.getpid()})")
    ports.require_free(replace(instance, ports=free | {"imap": port}))
