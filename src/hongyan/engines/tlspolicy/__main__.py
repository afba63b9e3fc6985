"""`python -m hongyan.engines.tlspolicy`: serve the instance in HONGYAN_DIR until SIGTERM."""

from __future__ import annotations

import asyncio
import logging
import signal

from hongyan.engines.tlspolicy.names import Names
from hongyan.engines.tlspolicy.server import Policy
from hongyan.kernel.instance import Instance, current


async def serve(instance: Instance) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    policy = Policy(Names(), instance.sts_socket)
    server = await asyncio.start_unix_server(policy.serve, instance.tls_policy_socket)
    instance.tls_policy_socket.chmod(0o666)  # Postfix asks; there is nothing secret in it
    await stop.wait()
    server.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    asyncio.run(serve(current()))
