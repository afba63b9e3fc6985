"""Postfix's socketmap protocol (socketmap_table(5)): netstrings `NAME KEY`, answered `OK ...`, `NOTFOUND `, `TEMP ...`.

Always: a question that cannot be answered is TEMP, so that Postfix tries again later instead of sending less securely.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Final, Protocol

from hongyan.engines.tlspolicy.names import Unknown

log = logging.getLogger(__name__)
LONGEST: Final = 10_000
SECONDS: Final = 12.0
NOT_FOUND: Final = b"NOTFOUND "


class Names(Protocol):
    async def has_dane(self, domain: str) -> bool: ...


class Broken(Exception):
    """Not a netstring."""


async def read_netstring(reader: asyncio.StreamReader) -> bytes:
    """Raises Broken, and IncompleteReadError at the end of the stream."""
    size = await reader.readuntil(b":")
    if not size[:-1].isdigit() or int(size[:-1]) > LONGEST:
        raise Broken
    text = await reader.readexactly(int(size[:-1]) + 1)
    if text[-1:] != b",":
        raise Broken
    return text[:-1]


def netstring(text: bytes) -> bytes:
    return b"%d:%s," % (len(text), text)


class Policy:
    """`behind`: the MTA-STS resolver's socket."""

    def __init__(self, names: Names, behind: Path) -> None:
        self._names = names
        self._behind = behind

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of Postfix's, many questions."""
        try:
            while True:
                request = await read_netstring(reader)
                writer.write(netstring(await self.answer(request)))
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, Broken, ConnectionError):
            pass
        finally:
            writer.close()

    async def answer(self, request: bytes) -> bytes:
        _, _, key = request.partition(b" ")
        domain = key.decode("ascii", "replace").lower().rstrip(".")
        if not domain or domain[0] in "[.":  # a relay by name, a parent domain: no policy of a mail domain
            return NOT_FOUND
        try:
            async with asyncio.timeout(SECONDS):
                if await self._names.has_dane(domain):
                    return NOT_FOUND
                return await self._ask_behind(request)
        except (Unknown, TimeoutError, OSError, EOFError, Broken) as problem:
            log.warning("%s: %s", domain, str(problem) or type(problem).__name__)
            return b"TEMP no TLS policy can be told now"

    async def _ask_behind(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_unix_connection(self._behind)
        try:
            writer.write(netstring(request))
            await writer.drain()
            return await read_netstring(reader)
        finally:
            writer.close()
