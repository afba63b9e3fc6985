"""A name server on loopback that answers from the lines of a zone file, or fails, or keeps silent.

Owns: one server for UDP and one for TCP on the same port (a long DKIM record does not fit into a datagram of old).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from dnslib import QTYPE, RCODE, RR, DNSRecord
from dnslib.server import BaseResolver, DNSHandler, DNSServer


class _Quiet:
    def __getattr__(self, name: str) -> object:
        return lambda *_: None


@dataclass
class Zone(BaseResolver):  # type: ignore[misc]
    """What does not stand in `records` does not exist; names that end with `failing` get SERVFAIL, with `silent` nothing."""

    records: list[RR] = field(default_factory=list)
    failing: str = "\0"
    silent: str = "\0"
    authentic: bool = False  #: answer as a resolver that has checked DNSSEC (RFC 4035 3.2.3)
    port: int = 0

    def fill(self, lines: str) -> None:
        self.records = [rr for line in lines.splitlines() if line and line[0] != ";" for rr in RR.fromZone(line)]

    def resolve(self, request: DNSRecord, handler: DNSHandler) -> DNSRecord:
        reply, name = request.reply(), str(request.q.qname).rstrip(".").lower()
        if name.endswith(self.silent):
            raise OSError("silent")
        if name.endswith(self.failing):
            reply.header.rcode = RCODE.SERVFAIL
            return reply
        reply.header.ad = int(self.authentic)
        for _ in range(5):  # a CNAME is followed as a resolver does
            there = [rr for rr in self.records if str(rr.rname).rstrip(".").lower() == name]
            alias = [rr for rr in there if rr.rtype == QTYPE.CNAME]
            for rr in alias or [rr for rr in there if rr.rtype == request.q.qtype]:
                reply.add_answer(rr)
            if not alias:
                break
            name = str(alias[0].rdata).rstrip(".").lower()
        if not there and not reply.rr:
            reply.header.rcode = RCODE.NXDOMAIN
        return reply


@contextmanager
def answering(lines: str = "", *, address: str = "127.0.0.1", port: int = 0) -> Iterator[Zone]:
    zone = Zone()
    zone.fill(lines)
    udp = DNSServer(zone, address=address, port=port, logger=_Quiet())
    zone.port = udp.server.server_address[1]
    tcp = DNSServer(zone, address=address, port=zone.port, tcp=True, logger=_Quiet())
    for server in (udp, tcp):
        server.start_thread()
    try:
        yield zone
    finally:
        for server in (udp, tcp):
            server.stop()
            server.server.server_close()
            server.thread.join(5)
