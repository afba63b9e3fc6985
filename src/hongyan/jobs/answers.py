"""Takes answers to notices from Postfix: LMTP (RFC 2033) on a unix socket, in a thread of the worker.

Always: 250 after what the answer did is committed; whatever goes wrong is 451, and the message waits in Postfix's queue, as it
does while the worker is down. Only Postfix reaches the socket (engines/services.py), and one recipient comes at a time
(main.cf), since the library answers once for all of them.
Never: sends a mail of its own; what is to be said is a notice.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
from pathlib import Path
from typing import Final

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import close_old_connections, connections

from hongyan.company.replies.actions import take_answer
from hongyan.kernel.instance import Instance

log = logging.getLogger(__name__)
LARGEST: Final = 64 << 20  #: octets; the servers in front take no more
_TAKEN: Final = "250 2.0.0 taken"
_LATER: Final = "451 4.3.0 not now"


class Handler:
    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if envelope.rcpt_tos:
            return "452 4.5.3 one at a time"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 go on"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        return await asyncio.to_thread(take, envelope.rcpt_tos[0], (envelope.mail_from or "").strip("<>"), content)


def take(recipient: str, sender: str, raw: bytes) -> str:
    """The reply to one message."""
    close_old_connections()
    try:
        outcome = take_answer(recipient=recipient, sender=sender, raw=raw)
    except Exception:
        log.exception("answer not taken")
        return _LATER
    finally:
        connections.close_all()  # this thread's; the next message may come to another one
    log.info("answer: %s", outcome)
    return _TAKEN


class Listener:
    """The socket and its thread."""

    def __init__(self, instance: Instance) -> None:
        self._instance, self._path, self._hostname = instance, instance.answers_socket, instance.hostname
        self._loop, self._over = asyncio.new_event_loop(), asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="answers", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def looked_after(self) -> Listener:
        """Itself, or a new one that has been started: the socket could not be made, or its loop has failed."""
        if self._thread.is_alive():
            return self
        log.warning("answers: begun anew")
        fresh = Listener(self._instance)
        fresh.start()
        return fresh

    def end(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join(10)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        """Sessions that are open when it ends are cut; what they have not been told is done comes again."""
        server = await self._loop.create_unix_server(self._session, sock=listen(self._path))
        await self._over.wait()
        server.close()

    def _session(self) -> LMTP:
        return LMTP(
            Handler(),
            data_size_limit=LARGEST,
            hostname=self._hostname,
            ident="hongyan",
            decode_data=False,
            loop=self._loop,
        )


def listen(path: Path) -> socket.socket:
    """Put in place by rename when it already listens. Its directory says who may reach it."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(aside))
        listener.listen(16)
        aside.chmod(0o666)
        aside.rename(path)
    except OSError:
        listener.close()
        raise
    return listener
