"""Which addresses a webhook may be sent to, so that nobody reaches the inside of a network through us.

Owns: what a URL may look like, which hosts and networks it may lead to.
Always: HTTPS and public addresses only, except for hosts and networks that the machine's operator has named
(`webhook_allow` in instance.toml); the address that was looked at is the one that is connected to.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from hongyan.kernel.decision import Refusal

MAX_URL = 500
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Target:
    secure: bool
    host: str
    port: int
    path: str
    allowed: bool  #: named by the operator: may be private, may be plain HTTP


def parse(url: str, allow: Sequence[str]) -> Target:
    """The parts of a URL that may be subscribed. Refuses `webhook.url_malformed`, `webhook.url_insecure`, `webhook.url_private`."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
        host.encode("idna")
    except (ValueError, UnicodeError):
        raise Refusal("webhook.url_malformed", url=url[:120]) from None
    odd = any(c.isspace() or ord(c) < 33 or ord(c) > 126 for c in url)
    if (
        parts.scheme not in ("https", "http")
        or not host
        or odd
        or "@" in parts.netloc
        or len(url) > MAX_URL
        or parts.fragment
    ):
        raise Refusal("webhook.url_malformed", url=url[:120])
    literal = _literal(host)
    allowed = host in allow or (literal is not None and _named(literal, allow))
    secure = parts.scheme == "https"
    if not secure and not allowed:
        raise Refusal("webhook.url_insecure", url=url[:120])
    inside = host == "localhost" if literal is None else not public(literal)
    if inside and not allowed:
        raise Refusal("webhook.url_private", host=host)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(secure, host, port or (443 if secure else 80), path, allowed)


def resolve(target: Target, allow: Sequence[str]) -> str:
    """The address to connect to. Refuses `webhook.url_private` when any address of the host is not a public one."""
    found = [ipaddress.ip_address(str(info[4][0]).partition("%")[0]) for info in _lookup(target)]
    for address in found:
        if not (target.allowed or public(address) or _named(address, allow)):
            raise Refusal("webhook.url_private", host=target.host)
    return str(found[0])


def _lookup(target: Target) -> list[tuple[int, int, int, str, tuple[str | int, ...]]]:
    return socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)  # type: ignore[return-value]


def public(address: Address) -> bool:
    """Whether the address is one of the open internet (IANA special-purpose registries), under any disguise."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return public(inner)
    return address.is_global and not address.is_multicast


def _literal(host: str) -> Address | None:
    """The address that a host is by itself, in every spelling that a resolver takes (`127.1`, `0x7f000001`)."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _named(address: Address, allow: Sequence[str]) -> bool:
    for entry in allow:
        try:
            if address in ipaddress.ip_network(entry, strict=False):
                return True
        except ValueError:
            continue  # a name
    return False
