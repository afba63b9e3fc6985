"""Whether a domain's mail servers have DANE, as a resolver that checks DNSSEC tells (RFC 7672 2.2).

Always: only answers that the resolver vouches for (AD) count; no answer at all is neither yes nor no.
"""

from __future__ import annotations

import asyncio
from typing import Final

import dns.asyncresolver
import dns.exception
import dns.flags
import dns.resolver

SECONDS: Final = 5.0
MOST_HOSTS: Final = 10


class Unknown(Exception):
    """The name servers did not say."""


class Names:
    """Asks the resolvers of /etc/resolv.conf, as Postfix does."""

    def __init__(self) -> None:
        self._resolver = dns.asyncresolver.Resolver()
        self._resolver.use_edns(0, dns.flags.DO, 1232)
        self._resolver.flags = dns.flags.RD | dns.flags.AD  # RFC 6840 5.7
        self._resolver.lifetime = SECONDS

    async def has_dane(self, domain: str) -> bool:
        """Raises Unknown."""
        hosts = await self._mail_hosts(domain)
        answers = await asyncio.gather(*(self._ask(f"_25._tcp.{host}", "TLSA") for host in hosts[:MOST_HOSTS]))
        return any(authentic and records for records, authentic in answers)

    async def _mail_hosts(self, domain: str) -> list[str]:
        """None when the list of them is not vouched for: whoever forged it would choose the TLSA records, too."""
        records, authentic = await self._ask(domain, "MX")
        if not records:
            return [domain]  # RFC 5321 5.1: the domain itself
        named = [record.split()[1].rstrip(".") for record in sorted(records)]
        return [name for name in named if name] if authentic else []

    async def _ask(self, name: str, kind: str) -> tuple[list[str], bool]:
        """(records, vouched for)"""
        try:
            answer = await self._resolver.resolve(name + ".", kind, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return [], False
        except (dns.exception.DNSException, OSError) as problem:
            raise Unknown(f"{kind} {name}: {type(problem).__name__}") from None
        return [record.to_text() for record in answer], bool(answer.response.flags & dns.flags.AD)
