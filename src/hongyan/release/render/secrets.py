"""The instance's secrets as rendered files need them. The one place of this room that reads `secrets/`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from hongyan.kernel.instance import Instance


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    webmaster: str  #: the webmail's master password
    guard: str  #: what Dovecot shows the guard to prove itself

    @classmethod
    def of(cls, instance: Instance) -> Secrets:
        return cls(webmaster=instance.secret("webmaster.pass"), guard=instance.secret("guard.key"))

    @property
    def webmaster_sha256(self) -> str:
        return hashlib.sha256(self.webmaster.encode()).hexdigest()

    @property
    def policy_nonce(self) -> str:
        """Salt of the password hashes that Dovecot reports to the guard: stable, and no one else's."""
        return hashlib.sha256(f"policy nonce {self.guard}".encode()).hexdigest()[:32]
