"""Questions to a name server, over dnspython. Imported only where a check is made: it takes ten megabytes.

Always: "there is none" (NXDOMAIN, no data) is an empty answer; everything else that is not an answer is Unreachable.
One question is asked once, however many records need its answer; after the deadline none is asked any more.
"""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import Future
from typing import Final

import dns.exception
import dns.rdata
import dns.resolver
from dns.rdtypes.ANY.CAA import CAA
from dns.rdtypes.ANY.TLSA import TLSA
from dns.rdtypes.ANY.TXT import TXT

from hongyan.company.dns.check import SECONDS, Unreachable
from hongyan.kernel.decision import Refusal

QUESTION_SECONDS: Final = 4.0
TRY_SECONDS: Final = 1.5


class Resolver:
    """Implements `check.Asker`. `server`: "IP" or "IP:PORT"; empty: the system's resolvers."""

    def __init__(self, server: str = "", seconds: float = SECONDS) -> None:
        self._until = time.monotonic() + seconds
        self._resolver = _configured(server)
        self._asked: dict[tuple[str, str], Future[tuple[str, ...]]] = {}
        self._lock = threading.Lock()

    def ask(self, name: str, kind: str) -> tuple[str, ...]:
        with self._lock:
            first = (name, kind) not in self._asked
            answer = self._asked.setdefault((name, kind), Future())
        if first:
            try:
                answer.set_result(self._ask(name, kind))
            except Unreachable as silence:
                answer.set_exception(silence)
        return answer.result()

    def _ask(self, name: str, kind: str) -> tuple[str, ...]:
        left = min(QUESTION_SECONDS, self._until - time.monotonic())
        if left <= 0:
            raise Unreachable("dns.how.silent")
        try:
            answer = self._resolver.resolve(name + ".", kind, lifetime=left, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except dns.exception.Timeout:
            raise Unreachable("dns.how.silent") from None
        except (dns.exception.DNSException, OSError):  # SERVFAIL, REFUSED, nonsense
            raise Unreachable("dns.how.failed") from None
        return tuple(_spelled(rdata) for rdata in answer)


def _configured(server: str) -> dns.resolver.Resolver:
    try:
        resolver = dns.resolver.Resolver(configure=not server)
    except dns.resolver.NoResolverConfiguration:
        raise Refusal("dns.no_resolver") from None
    resolver.timeout = TRY_SECONDS
    resolver.cache = None
    if server:
        host, _, port = server.partition(":")
        try:
            socket.inet_pton(socket.AF_INET, host)
            if not 0 < int(port or 53) < 65536:
                raise ValueError(port)
            resolver.nameservers, resolver.port = [host], int(port or 53)
        except (OSError, ValueError):
            raise Refusal("setup.resolver", resolver=server) from None
    return resolver


def _spelled(rdata: dns.rdata.Rdata) -> str:
    match rdata:
        case TXT():
            return b"".join(rdata.strings).decode("utf-8", "replace")
        case CAA():
            return f'{rdata.flags} {rdata.tag.decode()} "{rdata.value.decode("utf-8", "replace")}"'
        case TLSA():
            return f"{rdata.usage} {rdata.selector} {rdata.mtype} {rdata.cert.hex()}"
    return rdata.to_text().lower()
