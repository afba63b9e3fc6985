"""What this instance offers to mail programs, and for which domains.

Always: encrypted services alone, at the ports that are really open. A domain is known or not; whether a mailbox exists
is nothing that anything here asks or tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from hongyan.company.people.models import Domain
from hongyan.kernel.address import parse, parse_domain
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import Instance

Protocol = Literal["imap", "pop3", "smtp"]
Security = Literal["tls", "starttls"]

#: In the order of preference: TLS from the first octet before STARTTLS (RFC 8314 3.3).
_SERVICES: Final[tuple[tuple[Protocol, str, Security], ...]] = (
    ("imap", "imaps", "tls"),
    ("imap", "imap", "starttls"),
    ("pop3", "pop3s", "tls"),
    ("smtp", "submissions", "tls"),
    ("smtp", "submission", "starttls"),
)


@dataclass(frozen=True, slots=True)
class Service:
    protocol: Protocol
    host: str
    port: int
    security: Security


def services(instance: Instance) -> tuple[Service, ...]:
    host = host_name(instance)
    return tuple(
        Service(protocol, host, instance.ports[name], security)
        for protocol, name, security in _SERVICES
        if instance.ports.get(name)
    )


def best(instance: Instance, protocol: Protocol) -> Service | None:
    return next((service for service in services(instance) if service.protocol == protocol), None)


def host_name(instance: Instance) -> str:
    """As a mail program on the same network names it."""
    return "localhost" if instance.listen == "127.0.0.1" else instance.hostname


def known_domain(name: str) -> Domain | None:
    """Alias domains are known like others."""
    try:
        ascii_name = parse_domain(name)
    except Refusal:
        return None
    return Domain.objects.select_related("company").filter(name=ascii_name).first()


def domain_of_address(text: str) -> tuple[str, Domain] | None:
    """The address as it is written here, and its domain; None unless the domain is ours."""
    try:
        address = parse(text)
    except Refusal:
        return None
    domain = known_domain(address.rpartition("@")[2])
    return (address, domain) if domain else None
