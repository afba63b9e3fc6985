"""What to type into a mail program: server, port, security, for each protocol."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Server:
    protocol: str
    host: str
    port: int
    security: str


def servers() -> list[Server]:
    """The recommended ports: TLS from the first octet (RFC 8314), STARTTLS where a protocol has nothing else."""
    instance = settings.INSTANCE
    if instance is None:
        return []
    host = "localhost" if instance.listen == "127.0.0.1" else instance.hostname
    rows = (
        ("IMAP", "imaps", "SSL/TLS"),
        ("POP3", "pop3s", "SSL/TLS"),
        ("SMTP", "submissions", "SSL/TLS"),
        ("ManageSieve", "sieve", "STARTTLS"),
    )
    return [Server(name, host, instance.ports[port], security) for name, port, security in rows]
