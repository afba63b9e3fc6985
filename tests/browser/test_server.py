"""The web server's processes."""

from __future__ import annotations

import time
from dataclasses import replace

from tests.browser.conftest import Server, free_port, listens


def on_a_port_of_its_own(server: Server) -> Server:
    other, settings = replace(server, port=free_port()), server.root / "instance.toml"
    settings.write_text(settings.read_text().replace(f"web = {server.port}", f"web = {other.port}"))
    return other


def test_a_killed_server_leaves_nothing_on_its_port(server: Server) -> None:
    """Its supervisor starts another, which must not share the port with what the first left behind."""
    before = (server.root / "instance.toml").read_text()
    try:
        other = on_a_port_of_its_own(server)
        process = other.start()
    finally:
        (server.root / "instance.toml").write_text(before)
    process.kill()
    process.wait()
    until = time.monotonic() + 5
    while listens(other.port):
        assert time.monotonic() < until, "its worker lives on"
        time.sleep(0.05)
