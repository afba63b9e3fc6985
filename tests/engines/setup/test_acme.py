"""A certificate by ACME: Debian's certbot, a real ACME server (pebble) on loopback, our own answers to its challenges."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from hongyan.engines.setup import acme, certificates
from hongyan.faces.web.plain import Plain
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import Instance
from tests.company.dns.nameserver import answering
from tests.instance import make_instance

NAMES = ("mail.corp.test", "autoconfig.corp.test", "mta-sts.corp.test")
ORDER = acme.Order(NAMES, "office@corp.test")


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def wait_for(port: int) -> None:
    until = time.monotonic() + 30
    while socket.socket().connect_ex(("127.0.0.1", port)):
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return replace(make_instance(tmp_path / "i"), http_port=free_port())


@contextmanager
def plain_web(instance: Instance) -> Iterator[None]:
    loop = asyncio.new_event_loop()
    serving = loop.create_task(Plain(instance.acme, instance.web_url).serve("127.0.0.1", instance.http_port))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        wait_for(instance.http_port)
        yield
    finally:
        loop.call_soon_threadsafe(serving.cancel)
        time.sleep(0.05)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


@contextmanager
def pebble(folder: Path, http_port: int, dns_port: int) -> Iterator[tuple[str, Path]]:
    """(directory URL, its authority's certificate)"""
    tls, port = folder / "tls", free_port()
    certificates.ensure(tls, "localhost", now=datetime.now(UTC), group=0)
    settings = {
        "listenAddress": f"127.0.0.1:{port}", "managementListenAddress": f"127.0.0.1:{free_port()}",
        "certificate": str(tls / "server-cert.pem"), "privateKey": str(tls / "server-key.pem"),
        "httpPort": http_port, "tlsPort": free_port(),
    }  # fmt: skip
    (folder / "pebble.json").write_text(json.dumps({"pebble": settings}))
    command = ["/usr/bin/pebble", "-config", str(folder / "pebble.json"), "-dnsserver", f"127.0.0.1:{dns_port}"]
    environment = os.environ | {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
    with (folder / "pebble.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        wait_for(port)
        yield f"https://localhost:{port}/dir", tls / "ca.pem"
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.skipif(not Path("/usr/bin/pebble").exists() or os.geteuid() != 0, reason="needs pebble, certbot and root")
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_authority_gives_a_certificate_for_all_names(
    instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = tmp_path / "deployed"
    hook = tmp_path / "hook"
    hook.write_text(f'#!/bin/sh\ncat "$1" > {deployed}\ncat "$2" > {deployed}.key\n')
    hook.chmod(0o755)
    zone = "\n".join(f"{name}. IN A 127.0.0.1" for name in NAMES)
    with answering(zone) as names, plain_web(instance), pebble(tmp_path, instance.http_port, names.port) as (url, ca):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(ca))
        order = replace(ORDER, server=url, state=tmp_path / "certbot")
        acme.obtain(instance, order, [str(hook)])
        with pytest.raises(Refusal) as refused:
            acme.obtain(instance, replace(order, names=("mail.nowhere.test",)), [str(hook)])
    assert refused.value.code == "certificate.acme" and "mail.nowhere.test" in refused.value.decision.params["said"]
    chain, key = deployed.read_bytes(), Path(f"{deployed}.key").read_bytes()
    names_got = x509.load_pem_x509_certificate(chain).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert set(names_got.value.get_values_for_type(x509.DNSName)) == set(NAMES)
    until = certificates.use(instance.tls, chain, key, "mail.corp.test", now=datetime.now(UTC), group=0)
    assert until > datetime.now(UTC) and instance.server_cert.read_bytes() == chain


def test_certbot_is_asked_for_what_is_meant(instance: Instance) -> None:
    words = acme.command(instance, ORDER, ["/opt/my clone/hongyan", "certificate", "use"])
    assert words[words.index("--webroot-path") + 1] == str(instance.acme) and "--reuse-key" in words
    assert [words[i + 1] for i, word in enumerate(words) if word == "--domain"] == list(NAMES)
    assert shlex.split(words[words.index("--deploy-hook") + 1])[:1] == ["/opt/my clone/hongyan"]
    assert "--server" not in words and "--config-dir" not in words  # where Debian's timer renews


def test_without_a_port_for_plain_http_certbot_answers_itself(instance: Instance) -> None:
    words = acme.command(replace(instance, http_port=0), ORDER, ["x"])
    assert "--standalone" in words and "--webroot" not in words
