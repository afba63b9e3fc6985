"""DKIM signatures (RFC 6376), relaxed/relaxed, RSA-SHA256: made and verified without the mail engines.

Owns: the second opinion on what Rspamd signs, and signatures of other companies.
"""

from __future__ import annotations

import base64
import hashlib
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

Header = tuple[bytes, bytes]  #: name, value with its folding


def key_record(key: rsa.RSAPrivateKey) -> str:
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return "v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode()


def sign(message: bytes, domain: str, selector: str, key: rsa.RSAPrivateKey) -> bytes:
    """The message with a signature over From, To, Subject and the body in front."""
    headers, body = _split(message)
    value = (
        f" v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s={selector}; h=from:to:subject; bh={_body_hash(body)}; b="
    ).encode()
    signature = key.sign(_signed(headers, [b"from", b"to", b"subject"], value), padding.PKCS1v15(), hashes.SHA256())
    return b"DKIM-Signature:" + value + base64.b64encode(signature) + b"\r\n" + message


def verify(message: bytes, domain: str, selector: str, record: str) -> bool:
    """Whether the topmost signature is of that domain and holds under its DNS record."""
    headers, body = _split(message)
    value = next(value for name, value in headers if name.lower() == b"dkim-signature")
    tags = dict(re.findall(r"(\w+)=([^;]*)", re.sub(r"\s", "", value.decode())))
    if (tags["d"], tags["s"], tags["a"], tags["c"]) != (domain, selector, "rsa-sha256", "relaxed/relaxed"):
        return False
    if tags["bh"] != _body_hash(body):
        return False
    public = serialization.load_der_public_key(base64.b64decode(re.sub(r".*p=", "", record)))
    assert isinstance(public, rsa.RSAPublicKey)
    unsigned = re.sub(rb"(\bb=)[^;]*", rb"\1", value)
    signed = _signed(headers, tags["h"].encode().lower().split(b":"), unsigned)
    try:
        public.verify(base64.b64decode(tags["b"]), signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _split(message: bytes) -> tuple[list[Header], bytes]:
    head, _, body = message.partition(b"\r\n\r\n")
    fields = [field.partition(b":") for field in re.split(rb"\r\n(?![ \t])", head)]
    return [(name, value) for name, _, value in fields], body


def _body_hash(body: bytes) -> str:
    """RFC 6376 3.4.4"""
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    text = b"\r\n".join(lines).rstrip(b"\r\n")
    return base64.b64encode(hashlib.sha256(text + b"\r\n" if text else b"").digest()).decode()


def _signed(headers: list[Header], names: list[bytes], signature: bytes) -> bytes:
    """RFC 6376 3.7: of several fields of a name the lowest first; one that is not there adds nothing."""
    left = [(name.lower(), value) for name, value in headers]
    chosen: list[Header] = []
    for name in names:
        at = next((i for i in reversed(range(len(left))) if left[i][0] == name), None)
        if at is not None:
            chosen.append(left.pop(at))
    lines = [_relaxed(name, value) for name, value in chosen]
    return b"\r\n".join([*lines, _relaxed(b"dkim-signature", signature)])


def _relaxed(name: bytes, value: bytes) -> bytes:
    """RFC 6376 3.4.2"""
    return name.strip() + b":" + re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip(b" ")
