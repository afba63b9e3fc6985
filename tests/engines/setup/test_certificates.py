"""The instance's own authority, proven by TLS handshakes."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from hongyan.engines.setup import certificates

NOW = datetime.now(UTC)


@pytest.fixture
def tls(tmp_path: Path) -> Path:
    certificates.ensure(tmp_path / "tls", "mail.corp.test", now=NOW, group=os.getgid())
    return tmp_path / "tls"


def handshake(tls: Path, name: str) -> str:
    """The TLS version that a client, trusting the authority alone and strict about RFC 5280, speaks with the server."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tls / "server.pem")
    client = ssl.create_default_context(cafile=str(tls / "ca.pem"))
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    near, far = socket.socketpair()

    def answer() -> None:
        with far:
            try:
                with server.wrap_socket(far, server_side=True) as secured:
                    secured.recv(1)
            except (ssl.SSLError, OSError):  # the client refused: told on its side
                return

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        with near, client.wrap_socket(near, server_hostname=name) as secured:
            return secured.version() or ""
    finally:
        thread.join()


@pytest.mark.parametrize("name", ["mail.corp.test", "localhost", "127.0.0.1"])
def test_a_strict_client_accepts_every_name_of_the_server(tls: Path, name: str) -> None:
    assert handshake(tls, name) == "TLSv1.3"


def test_another_name_is_refused(tls: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(tls, "mail.other.test")


def test_keys_are_closed_to_others(tls: Path) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in tls.iterdir()}
    assert modes == {
        "ca.pem": 0o644,
        "ca-key.pem": 0o600,
        "server-cert.pem": 0o644,
        "server-key.pem": 0o640,
        "server.pem": 0o600,
    }


def test_it_is_issued_again_only_when_it_ends_soon(tls: Path) -> None:
    before = (tls / "server.pem").read_bytes()
    authority = (tls / "ca.pem").read_bytes()
    assert not certificates.ensure(tls, "mail.corp.test", now=NOW + timedelta(days=360), group=os.getgid())
    assert (tls / "server.pem").read_bytes() == before
    assert certificates.ensure(tls, "mail.corp.test", now=NOW + timedelta(days=370), group=os.getgid())
    assert (tls / "server.pem").read_bytes() != before
    assert (tls / "ca.pem").read_bytes() == authority


def test_a_changed_host_name_is_certified(tls: Path) -> None:
    assert certificates.ensure(tls, "mx.corp.test", now=NOW, group=os.getgid())
    assert handshake(tls, "mx.corp.test") == "TLSv1.3"


def test_the_operators_own_certificate_stays(tls: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    certificates.ensure(other, "mail.corp.test", now=NOW - timedelta(days=390), group=os.getgid())
    for name in ("server.pem", "server-cert.pem", "server-key.pem"):
        (tls / name).write_bytes((other / name).read_bytes())
    assert not certificates.ensure(tls, "mail.corp.test", now=NOW, group=os.getgid())


def test_lives(tls: Path) -> None:
    authority, server = (
        x509.load_pem_x509_certificate((tls / name).read_bytes()) for name in ("ca.pem", "server-cert.pem")
    )
    assert authority.not_valid_after_utc - NOW > timedelta(days=3650)
    assert server.not_valid_after_utc - server.not_valid_before_utc < timedelta(days=398)
