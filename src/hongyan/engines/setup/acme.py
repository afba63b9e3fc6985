"""A certificate of a public authority by ACME (RFC 8555), with Debian's certbot as the client.

Owns: the command that certbot is called with; what it keeps (`/etc/letsencrypt`) and its renewal are certbot's own.
Always: the key stays the same when a certificate is renewed, so that a TLSA record goes on being right (RFC 7671 8.1); the
new certificate comes into use by the same `certificate use` as any other.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import Instance

PACKAGE: Final = "certbot"
SECONDS: Final = 300


@dataclass(frozen=True, slots=True)
class Order:
    names: tuple[str, ...]  #: the mail host first
    email: str
    server: str = ""  #: directory URL; empty: certbot's default
    state: Path | None = None  #: instead of /etc/letsencrypt, which Debian's timer renews


def command(instance: Instance, order: Order, hook: Sequence[str]) -> list[str]:
    """`hook`: words of the command that takes FULLCHAIN and KEY."""
    deploy = f'{shlex.join(hook)} "$RENEWED_LINEAGE/fullchain.pem" "$RENEWED_LINEAGE/privkey.pem"'
    words = ["/usr/bin/certbot", "certonly", "--non-interactive", "--agree-tos", "--email", order.email]
    words += ["--cert-name", f"hongyan-{instance.hostname}", "--key-type", "ecdsa", "--reuse-key", "--expand"]
    # Who answers the challenge: our own port for plain HTTP, or certbot itself where we have none.
    words += ["--webroot", "--webroot-path", str(instance.acme)] if instance.http_port else ["--standalone"]
    words += ["--server", order.server] if order.server else []
    if order.state is not None:
        for option, folder in (("--config-dir", "config"), ("--work-dir", "work"), ("--logs-dir", "logs")):
            words += [option, str(order.state / folder)]
    for name in order.names:
        words += ["--domain", name]
    return [*words, "--deploy-hook", deploy]


def obtain(instance: Instance, order: Order, hook: Sequence[str]) -> None:
    """Raises Refusal `certificate.acme` with certbot's own words."""
    (instance.acme / ".well-known").mkdir(mode=0o755, parents=True, exist_ok=True)
    try:
        done = subprocess.run(
            command(instance, order, hook), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        raise Refusal("certificate.acme", said=f"> {SECONDS} s") from None
    if done.returncode:
        raise Refusal("certificate.acme", said=" ".join((done.stdout + done.stderr).split())[-1500:])
