"""`python -m hongyan.engines.guard`: serve the instance in HONGYAN_DIR on loopback until SIGTERM."""

from __future__ import annotations

import asyncio
import signal
from typing import Final

import uvloop

from hongyan.engines.guard.guard import Guard
from hongyan.engines.guard.http import Connection, Router
from hongyan.kernel.instance import Instance, current

_SWEEP_SECONDS: Final = 10.0


async def serve(instance: Instance) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, lambda: None)
    guard = Guard(
        tables=instance.live / "tables" / "gate.cdb",
        events=instance.events / "guard.jsonl",
        told=instance.state / "guard" / "told.jsonl",
    )
    router = Router(guard, instance.secret("guard.key"))
    server = await loop.create_server(
        lambda: Connection(router.answer), "127.0.0.1", instance.ports["guard"], backlog=512
    )  # fmt: skip
    while not stop.is_set():
        try:
            async with asyncio.timeout(_SWEEP_SECONDS):
                await stop.wait()
        except TimeoutError:
            guard.flush()
    server.close()
    guard.close()


if __name__ == "__main__":
    uvloop.run(serve(current()))
