"""Signing keys for domains (RFC 6376): RSA 2048, made when the domain is added.

Always: the private key goes to the signer alone; the public one is what `dns DOMAIN` prints.
"""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


def make_key() -> str:
    """A new private key, PEM (PKCS#8)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode("ascii")


def dns_value(private_pem: str) -> str:
    """The TXT value to publish at SELECTOR._domainkey.DOMAIN (RFC 6376 3.6.1)."""
    key = serialization.load_pem_private_key(private_pem.encode("ascii"), password=None)
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode('ascii')}"
