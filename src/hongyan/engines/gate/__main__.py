"""`python -m hongyan.engines.gate`: serve the instance in HONGYAN_DIR until SIGTERM.

Always: the socket is put into place by rename when it already listens, so a stale one is replaced and Postfix finds
either the old or the new; at the end, messages in progress get up to `GRACE_SECONDS`, then the journal is written out.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from pathlib import Path
from typing import Final

import uvloop

from hongyan.engines.gate import rules
from hongyan.engines.gate.gate import FLUSH_SECONDS, Gate
from hongyan.engines.gate.wire import Session
from hongyan.kernel.instance import Instance, current

GRACE_SECONDS: Final = 3.0
_BACKLOG: Final = 512


def listen(path: Path) -> socket.socket:
    """A listening unix socket at `path` that every engine's user may connect to."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(aside))
    listener.listen(_BACKLOG)
    aside.chmod(0o666)
    aside.rename(path)
    return listener


class Flusher:
    """Calls `gate.flush` once, some time after it was asked to."""

    def __init__(self) -> None:
        self.gate: Gate | None = None
        self._timer: asyncio.TimerHandle | None = None

    def ask(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._run)

    def _run(self) -> None:
        self._timer = None
        if self.gate is not None:
            self.gate.flush()


async def serve(instance: Instance) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, lambda: None)
    flusher, sessions = Flusher(), set[Session]()
    gate = flusher.gate = Gate(
        instance.live / "tables" / "gate.cdb", instance.events / "gate.jsonl", later=flusher.ask
    )  # fmt: skip
    server = await loop.create_unix_server(
        lambda: Session(gate.judge, rules.HEADERS, rules.BODY_OCTETS, sessions), sock=listen(instance.gate_socket)
    )
    await stop.wait()
    server.close()
    await drain(sessions)
    gate.close()


async def drain(sessions: set[Session]) -> None:
    """Close idle sessions at once, the others when their message is judged or the grace is over."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(GRACE_SECONDS):
            while sessions:
                for session in [s for s in sessions if not s.busy]:
                    session.close()
                await asyncio.sleep(0.02)
    for session in list(sessions):
        session.close()


if __name__ == "__main__":
    uvloop.run(serve(current()))
