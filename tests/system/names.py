"""A stand-in for the world's name servers: what a test writes into it is what the instance's Rspamd is told.

Owns: one UDP server on loopback, its zone. What it does not know does not exist (NXDOMAIN).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dnslib import QTYPE, RCODE, TXT, A, DNSRecord
from dnslib.dns import RR
from dnslib.server import BaseResolver, DNSHandler, DNSServer

_STRING = 250  #: octets of one string of a TXT record (RFC 1035 3.3.14: up to 255)


class Names(BaseResolver):  # type: ignore[misc]
    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._addresses: dict[str, str] = {}
        self.port = 0

    def text(self, name: str, value: str) -> None:
        self._texts[name] = value

    def address(self, name: str, value: str) -> None:
        self._addresses[name] = value

    def resolve(self, request: DNSRecord, handler: DNSHandler) -> DNSRecord:
        reply, name = request.reply(), str(request.q.qname).rstrip(".").lower()
        if name not in self._texts and name not in self._addresses:
            reply.header.rcode = RCODE.NXDOMAIN
        elif request.q.qtype == QTYPE.TXT and (text := self._texts.get(name)):
            parts = [text[i : i + _STRING].encode() for i in range(0, len(text), _STRING)]
            reply.add_answer(RR(name, QTYPE.TXT, rdata=TXT(parts), ttl=1))
        elif request.q.qtype == QTYPE.A and (address := self._addresses.get(name)):
            reply.add_answer(RR(name, QTYPE.A, rdata=A(address), ttl=1))
        return reply


class _Quiet:
    def __getattr__(self, name: str) -> object:
        return lambda *_: None


@contextmanager
def serving(port: int = 0) -> Iterator[Names]:
    names = Names()
    server = DNSServer(names, address="127.0.0.1", port=port, logger=_Quiet())
    names.port = server.server.server_address[1]
    server.start_thread()
    try:
        yield names
    finally:
        server.stop()
        server.server.server_close()
        server.thread.join(5)
