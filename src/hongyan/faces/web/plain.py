"""The port for plain HTTP, where the instance has one (80): ACME's challenges, and the way to the encrypted web.

Owns: one listener in a thread of the web's worker. Only `/.well-known/acme-challenge/` is answered; everything else is
sent to the same path of the web's own address, whatever host was asked for: mail programs that try `http://autoconfig...`
or `http://autodiscover...` come to the right certificate that way (MS-OXDISCO 3.1.5.4).
Never: reads a body, keeps a connection, looks anything up.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from pathlib import Path
from typing import Final

from hongyan.faces.setup.challenges import PATH, challenge_text
from hongyan.kernel.instance import Instance

log = logging.getLogger(__name__)
LONGEST: Final = 8 * 1024
SECONDS: Final = 10.0
MOST: Final = 200  #: connections at once
_WORDS: Final = {200: "OK", 302: "Found", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"}


def start(instance: Instance) -> None:
    """Listen in the background; a port that cannot be had is told in the log and costs nothing else."""
    plain = Plain(instance.acme, instance.web_url)
    threading.Thread(
        target=asyncio.run, args=(plain.serve(instance.listen, instance.http_port),), daemon=True, name="plain"
    ).start()


class Plain:
    def __init__(self, root: Path, web: str) -> None:
        self._root, self._web = root, web
        self._open = 0

    async def serve(self, address: str, port: int, ready: asyncio.Event | None = None) -> None:
        try:
            server = await asyncio.start_server(self._connection, address, port, limit=LONGEST)
        except OSError as problem:
            log.error("port %d: %s", port, problem)
            return
        if ready is not None:
            ready.set()
        async with server:
            await server.serve_forever()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= MOST:
                async with asyncio.timeout(SECONDS):
                    writer.write(self.answer(await reader.readuntil(b"\r\n\r\n")))
                    await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass
        finally:
            self._open -= 1
            writer.close()

    def answer(self, head: bytes) -> bytes:
        """The whole answer to a request's head."""
        line = head.partition(b"\r\n")[0].decode("latin-1").split(" ")
        if len(line) != 3 or not line[1].startswith("/") or not line[1].isprintable():
            return _reply(400)
        method, target = line[0], line[1]
        if method not in ("GET", "HEAD"):
            return _reply(405)
        if target.startswith(PATH):
            text = challenge_text(self._root, target[len(PATH) :].partition("?")[0])
            return _reply(404) if text is None else _reply(200, body=text if method == "GET" else b"")
        return _reply(302, location=self._web + target.encode("ascii", "ignore").decode())


def _reply(status: int, *, location: str = "", body: bytes = b"") -> bytes:
    head = [f"HTTP/1.1 {status} {_WORDS[status]}", "Connection: close", f"Content-Length: {len(body)}"]
    head += [f"Location: {location}"] if location else []
    head += ["Content-Type: application/octet-stream", "X-Content-Type-Options: nosniff"] if body else []
    return "\r\n".join([*head, "", ""]).encode() + body
