"""One attempt to sign in, as Dovecot's policy requests and the web describe it.

Owns: the reading of that JSON, the network that an address belongs to.
Always: bounded lengths, whatever is sent.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any, Final

_LONGEST: Final = 254  #: RFC 5321 4.5.3.1.3; longer logins share one count
#: Failures that were no guess at a password: Dovecot 2.4 says so.
_NO_GUESS: Final = frozenset({"policy", "disabled", "expired", "internal"})
_EXEMPT: Final = frozenset({"127.0.0.1", "::1"})


class BadRequest(ValueError):
    """Not a policy request."""


@dataclass(frozen=True, slots=True)
class Attempt:
    login: str
    remote: str = ""
    protocol: str = ""
    pwhash: str = ""
    master: str = ""  #: the master user, when somebody signs in for the login
    session: str = ""
    client: str = ""  #: what the program says of itself (IMAP ID, user agent)
    device: str = ""  #: the app password's number
    success: bool = False
    policy_reject: bool = False
    fail_type: str = ""
    reason: str = ""  #: a refusal's code, when the password was right and something else stood in the way

    @property
    def guess(self) -> bool:
        """Whether a report of failure means that a wrong password was tried."""
        return not self.success and not self.policy_reject and self.fail_type not in _NO_GUESS

    @property
    def network(self) -> str:
        return network_of(self.remote)


def read(raw: Any) -> Attempt:
    """Raises BadRequest."""
    if not isinstance(raw, dict) or not isinstance(raw.get("login"), str):
        raise BadRequest("no login")
    return Attempt(
        login=_text(raw, "login").strip().lower(),
        remote=_text(raw, "remote"),
        protocol=_text(raw, "protocol"),
        pwhash=_text(raw, "pwhash"),
        master=_text(raw, "master"),
        session=_text(raw, "session") or _text(raw, "session_id"),
        client=_text(raw, "device_id"),
        device=_text(raw, "device"),
        success=raw.get("success") is True,
        policy_reject=raw.get("policy_reject") is True,
        fail_type=_text(raw, "fail_type"),
        reason=_text(raw, "reason"),
    )


def network_of(remote: str) -> str:
    """The /24 or /64 around an address; empty for our own machine and for what is no address."""
    try:
        address = ipaddress.ip_address(remote)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if str(address) in _EXEMPT:
        return ""
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 64), strict=False))


def _text(raw: dict[str, Any], name: str) -> str:
    value = raw.get(name)
    return value[:_LONGEST] if isinstance(value, str) else ""
