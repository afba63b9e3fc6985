"""The instance's own certificate authority and the server certificate made by it.

Owns: tls/ca.pem, ca-key.pem, server-cert.pem, server-key.pem, server.pem.
Never: replaces a certificate that somebody else issued by one of its own.
Always: a private key is never readable to others, not even while it is being written.
"""

from __future__ import annotations

import ipaddress
import os
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hongyan.kernel.decision import Refusal

CA_LIFE = timedelta(days=3653)
#: The longest life that browsers accept from a private authority's server certificate is 398 days on some systems.
SERVER_LIFE = timedelta(days=397)
RENEW_BEFORE = timedelta(days=30)
_BACKDATE = timedelta(hours=1)  # clients whose clock is a little slow


def ensure(tls: Path, hostname: str, *, now: datetime, group: int) -> bool:
    """Make what is missing, issue the server certificate again when it ends soon. True when something was written."""
    tls.mkdir(mode=0o755, parents=True, exist_ok=True)
    if not (tls / "ca.pem").exists():
        _make_authority(tls, hostname, now)
    if not _must_issue(tls, hostname, now):
        return False
    _issue(tls, hostname, now, group)
    return True


def use(tls: Path, chain: bytes, key: bytes, hostname: str, *, now: datetime, group: int) -> datetime:
    """Put a certificate issued elsewhere (a public authority, ACME) in place; when it ends.

    Refuses `certificate.malformed`, `.key_differs`, `.expired`, `.wrong_name` and leaves the old one then.
    """
    try:
        certificate = x509.load_pem_x509_certificates(chain)[0]
        private = serialization.load_pem_private_key(key, None)
    except (ValueError, TypeError, IndexError) as problem:
        raise Refusal("certificate.malformed", problem=str(problem)[:200]) from None
    if _spki(private.public_key()) != _spki(certificate.public_key()):
        raise Refusal("certificate.key_differs")
    if certificate.not_valid_after_utc <= now:
        raise Refusal("certificate.expired", until=certificate.not_valid_after_utc.date().isoformat())
    names = _names(certificate)
    if hostname not in names and f"*.{hostname.partition('.')[2]}" not in names:
        raise Refusal("certificate.wrong_name", hostname=hostname, names=names)
    _write(tls / "server-key.pem", key, 0o640, group)
    _write(tls / "server-cert.pem", chain, 0o644)
    _write(tls / "server.pem", key.rstrip() + b"\n" + chain, 0o600)
    return certificate.not_valid_after_utc


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.DNSName)


def _spki(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _must_issue(tls: Path, hostname: str, now: datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate((tls / "server-cert.pem").read_bytes())
    except (FileNotFoundError, ValueError):
        return True
    authority = x509.load_pem_x509_certificate((tls / "ca.pem").read_bytes())
    if certificate.issuer != authority.subject:
        return not (tls / "server.pem").exists()
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return (
        hostname not in names.get_values_for_type(x509.DNSName) or certificate.not_valid_after_utc - now < RENEW_BEFORE
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:64])])  # RFC 5280 A.1: ub-common-name 64


def _make_authority(tls: Path, hostname: str, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    serial = x509.random_serial_number()
    # The serial keeps the names of two instances' authorities apart, which some clients index by name.
    name = _name(f"Hongyan CA {serial % 16**6:06x} {hostname}")
    certificate = (
        _builder(name, name, key, serial, now, CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(tls / "ca-key.pem", _private(key), 0o600)
    _write(tls / "ca.pem", _public(certificate), 0o644)


def _issue(tls: Path, hostname: str, now: datetime, group: int) -> None:
    authority = x509.load_pem_x509_certificate((tls / "ca.pem").read_bytes())
    signer = serialization.load_pem_private_key((tls / "ca-key.pem").read_bytes(), None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{tls}/ca-key.pem is not an elliptic curve key")
    key = ec.generate_private_key(ec.SECP256R1())
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in dict.fromkeys((hostname, "localhost"))]
    names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    certificate = (
        _builder(_name(hostname), authority.subject, key, x509.random_serial_number(), now, SERVER_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    chain = _public(certificate) + _public(authority)
    _write(tls / "server-key.pem", _private(key), 0o640, group)
    _write(tls / "server-cert.pem", chain, 0o644)
    _write(tls / "server.pem", _private(key) + chain, 0o600)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, serial: int, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(now - _BACKDATE)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _public(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write(path: Path, content: bytes, mode: int, group: int = 0) -> None:
    aside = path.with_name(path.name + ".new")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        if group:
            os.fchown(file.fileno(), 0, group)
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(aside, path)
