"""The mail host as records tell of it: names and ports from the instance, issuer and key from the served certificate."""

from __future__ import annotations

import hashlib
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from hongyan.company.dns.records import Host
from hongyan.kernel.instance import Instance

#: What an authority calls itself in certificates, and its name in CAA records (RFC 8659 4.2), as each documents it.
AUTHORITIES: Final = {
    "Let's Encrypt": "letsencrypt.org",
    "ZeroSSL": "sectigo.com",
    "Sectigo Limited": "sectigo.com",
    "Google Trust Services": "pki.goog",
    "Google Trust Services LLC": "pki.goog",
    "DigiCert Inc": "digicert.com",
    "DigiCert, Inc.": "digicert.com",
    "GlobalSign nv-sa": "globalsign.com",
    "TrustAsia Technologies, Inc.": "trustasia.com",
}


def host_of(instance: Instance) -> Host:
    certificate = served_certificate(instance)
    return Host(
        name=instance.hostname,
        ports=instance.ports,
        address=_public(instance.listen),
        web_port=urlsplit(instance.web_origin).port or 443 if instance.web_origin else instance.ports["web"],
        authority=_authority(certificate) if certificate else "",
        spki_sha256=_spki_sha256(certificate) if certificate else "",
        # Behind a proxy another certificate is shown, which is not ours to look at.
        names=_names(certificate) if certificate and not instance.web_origin else frozenset(),
    )


def served_certificate(instance: Instance) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(instance.server_cert.read_bytes())
    except (OSError, ValueError):
        return None


def own_authority(instance: Instance) -> bool:
    """Whether the certificate is of the instance's own authority, which no program knows by itself."""
    certificate = served_certificate(instance)
    try:
        own = x509.load_pem_x509_certificate(instance.ca_pem.read_bytes())
    except (OSError, ValueError):
        return False
    return certificate is not None and certificate.issuer == own.subject


def _public(listen: str) -> str:
    address = ip_address(listen)
    return "" if address.is_unspecified or address.is_loopback else listen


def _names(certificate: x509.Certificate) -> frozenset[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(names.get_values_for_type(x509.DNSName))


def _authority(certificate: x509.Certificate) -> str:
    names = certificate.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return AUTHORITIES.get(str(names[0].value), "") if names else ""


def _spki_sha256(certificate: x509.Certificate) -> str:
    public = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(public).hexdigest()
