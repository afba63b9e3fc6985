"""A public authority's certificate takes the place of our own only when it fits."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hongyan.engines.setup import certificates
from hongyan.kernel import clock
from hongyan.kernel.decision import Refusal

HOST = "mail.corp.test"


@pytest.fixture
def tls(tmp_path: Path) -> Path:
    certificates.ensure(tmp_path / "tls", HOST, now=clock.now(), group=0)
    return tmp_path / "tls"


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    certificates.ensure(tmp_path / "other", HOST, now=clock.now(), group=0)
    return tmp_path / "other"


def use(tls: Path, chain: Path, key: Path, hostname: str = HOST, days: int = 0) -> None:
    now = clock.now() + timedelta(days=days)
    certificates.use(tls, chain.read_bytes(), key.read_bytes(), hostname, now=now, group=0)


def test_a_fitting_one_is_served_and_never_replaced_by_our_own(tls: Path, foreign: Path) -> None:
    use(tls, foreign / "server-cert.pem", foreign / "server-key.pem")
    assert (tls / "server-cert.pem").read_bytes() == (foreign / "server-cert.pem").read_bytes()
    assert (tls / "server.pem").stat().st_mode & 0o777 == 0o600
    assert not certificates.ensure(tls, HOST, now=clock.now() + timedelta(days=390), group=0)


@pytest.mark.parametrize(
    ("chain", "key", "hostname", "days", "code"),
    [
        ("server-key.pem", "server-key.pem", HOST, 0, "certificate.malformed"),
        ("server-cert.pem", "server-cert.pem", HOST, 0, "certificate.malformed"),
        ("server-cert.pem", "ca-key.pem", HOST, 0, "certificate.key_differs"),
        ("server-cert.pem", "server-key.pem", HOST, 400, "certificate.expired"),
        ("server-cert.pem", "server-key.pem", "mail.other.test", 0, "certificate.wrong_name"),
    ],
)
def test_a_wrong_one_is_refused_and_changes_nothing(
    tls: Path, foreign: Path, chain: str, key: str, hostname: str, days: int, code: str
) -> None:
    before = {p.name: p.read_bytes() for p in tls.iterdir()}
    with pytest.raises(Refusal, match=f"^{code}$"):
        use(tls, foreign / chain, foreign / key, hostname, days)
    assert {p.name: p.read_bytes() for p in tls.iterdir()} == before
