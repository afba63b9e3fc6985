"""`unshare --net --mount python -m tests.engines.tlspolicy.world DIR`: a small internet with one far-away mail server.

Owns: a name server on port 53 that vouches for its answers, the web of `mta-sts.far.test` on 443, an SMTP server with
STARTTLS on 25; all in a network namespace of its own, so that Postfix's programs and the MTA-STS resolver find them where
they look. Prints what these then say, as JSON.
The answers' AD bit stands in for a resolver that checks DNSSEC: that check itself is the resolver's and not tried here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from hongyan.company.dns.host import host_of
from hongyan.company.dns.sts import policy_text
from hongyan.engines.services import Service, services
from hongyan.engines.setup import certificates
from hongyan.kernel.instance import Instance
from hongyan.release.render import mtasts
from tests.company.dns.nameserver import Zone, answering
from tests.instance import make_instance
from tests.release import sample

ADDRESSES = "\n".join(f"{name}. IN A 127.0.0.1" for name in ("mta-sts.far.test", "mx.far.test", "mta-sts.try.test"))
ZONE = f"""\
{ADDRESSES}
far.test. IN MX 10 mx.far.test.
_mta-sts.far.test. IN TXT "v=STSv1; id=1;"
try.test. IN MX 10 mx.far.test.
_mta-sts.try.test. IN TXT "v=STSv1; id=1;"
gone.test. IN MX 10 mx.far.test.
_mta-sts.gone.test. IN TXT "v=STSv1; id=1;"
"""


def main(folder: Path) -> dict[str, str]:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    (folder / "resolv.conf").write_text("nameserver 127.0.0.1\noptions trust-ad\n")
    subprocess.run(["mount", "--bind", str(folder / "resolv.conf"), "/etc/resolv.conf"], check=True)
    far = _certified(folder / "far", "mx.far.test")
    web = _certified(folder / "web", "mta-sts.far.test")
    other = _certified(folder / "other", "mta-sts.elsewhere.test")
    roots = folder / "roots.pem"
    roots.write_bytes(web.ca_pem.read_bytes() + other.ca_pem.read_bytes())
    _serve_web({"mta-sts.far.test": (web, policy_text("enforce", "mx.far.test")),
                "mta-sts.try.test": (other, policy_text("enforce", "mx.far.test"))})  # fmt: skip
    _serve_mail(far)
    (folder / "main.cf").write_text("compatibility_level = 3.6\n")
    os.utime(folder / "main.cf", (0, 0))  # Postfix waits for a main.cf written just now to cool down
    with answering(ZONE, port=53) as zone:
        zone.authentic = True
        return _ask(folder, zone, far, roots)


def _ask(folder: Path, zone: Zone, far: Instance, roots: Path) -> dict[str, str]:
    instance = replace(sample.instance(folder / "i", debian=12), outside=True, dane=True, listen="0.0.0.0")
    _write(instance)
    wanted = [s for s in services(instance) if s.name in ("mta-sts", "tls-policy")]
    started = [_start(service, instance, roots) for service in wanted]
    try:
        _wait(
            lambda: all(s.ready is not None and s.ready.socket is not None and s.ready.socket.exists() for s in wanted)
        )
        behind, front = (partial(_postmap, folder, path) for path in (instance.sts_socket, instance.tls_policy_socket))
        said = {f"sts {name}": behind(name) for name in ("far.test", "try.test", "gone.test", "none.test")}
        said["policy far.test"] = front("far.test")
        said["finger no TLSA"] = _finger("far.test")
        zone.fill(f"{ZONE}_25._tcp.mx.far.test. IN TLSA 3 1 1 {host_of(far).spki_sha256}")
        said["policy far.test with DANE"] = front("far.test")
        said["finger right TLSA"] = _finger("far.test")
        zone.fill(f"{ZONE}_25._tcp.mx.far.test. IN TLSA 3 1 1 {'ab' * 32}")
        said["finger wrong TLSA"] = _finger("far.test")
    finally:
        for process in started:
            process.terminate()
            process.wait()
    return said


def _certified(root: Path, name: str) -> Instance:
    instance = replace(make_instance(root), hostname=name)
    certificates.ensure(instance.tls, name, now=datetime.now(UTC), group=0)
    return instance


def _context(instance: Instance) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(instance.server_cert, instance.server_key)
    return context


def _serve_web(sites: dict[str, tuple[Instance, str]]) -> None:
    contexts = {name: _context(instance) for name, (instance, _) in sites.items()}
    fallback = next(iter(contexts.values()))

    def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        connection.context = contexts.get(name or "", fallback)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _, text = sites[self.headers["Host"]]
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    fallback.sni_callback = choose
    server = ThreadingHTTPServer(("127.0.0.1", 443), Handler)
    server.socket = fallback.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def _serve_mail(instance: Instance) -> None:
    context, listening = _context(instance), socket.create_server(("127.0.0.1", 25))

    def serve() -> None:
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=_smtp, args=(connection, context), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()


def _smtp(connection: socket.socket, context: ssl.SSLContext) -> None:
    try:
        connection.sendall(b"220 mx.far.test ESMTP\r\n")
        while line := connection.recv(1024):
            if line.upper().startswith(b"STARTTLS"):
                connection.sendall(b"220 go\r\n")
                connection = context.wrap_socket(connection, server_side=True)
            elif line.upper().startswith(b"EHLO"):
                connection.sendall(b"250-mx.far.test\r\n250 STARTTLS\r\n")
            else:
                connection.sendall(b"221 bye\r\n")
                return
    except OSError:
        return
    finally:
        connection.close()


def _write(instance: Instance) -> None:
    from hongyan.engines.services import _policy_directories

    for path in (instance.live / "etc", instance.root / "run", instance.state):
        path.mkdir(parents=True, exist_ok=True)
    for path, mode, owner, group in _policy_directories(instance):
        path.mkdir(parents=True, exist_ok=True)
        shutil.chown(path, owner, group)
        path.chmod(mode)
    for name, file in mtasts.files(sample.ground(instance)).items():
        (instance.live / name).write_text(file.text)
    ports = "\n".join(f"{name} = {port}" for name, port in instance.ports.items())
    settings = 'name = "w"\nhostname = "mail.corp.test"\nlisten = "0.0.0.0"\ndebian = 12\noutside = true\ndane = true\n'
    (instance.root / "instance.toml").write_text(f"{settings}[ports]\n{ports}\n")


def _start(service: Service, instance: Instance, roots: Path) -> subprocess.Popen[bytes]:
    """As root here, where a test's directories are closed to others; the roots stand in for Debian's."""
    environment = os.environ | dict(service.environment) | {"SSL_CERT_FILE": str(roots)}
    if service.name == "tls-policy":
        environment["PYTHONPATH"] = os.environ["PYTHONPATH"]
    log = (instance.root / f"{service.name}.log").open("wb")
    return subprocess.Popen(service.argv, cwd=service.directory, env=environment, stdout=log, stderr=log)


def _wait(for_what: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not for_what():
        assert time.monotonic() < until, "not ready"
        time.sleep(0.05)


def _postmap(folder: Path, path: Path, domain: str) -> str:
    table = f"socketmap:unix:{path}:postfix"
    done = subprocess.run(["/usr/sbin/postmap", "-c", str(folder), "-q", domain, table], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else f"none{done.stderr.strip()}"


def _finger(domain: str) -> str:
    """How Postfix's client finds the connection at level dane: its word for it, or that no TLSA record matches."""
    command = [
        "/usr/sbin/posttls-finger",
        "-c",
        "-l",
        "dane",
        "-o",
        "smtp_dns_support_level=dnssec",
        "-t",
        "15",
        domain,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=40)
    said = done.stdout + done.stderr
    if "no matching DANE TLSA records" in said:
        return "no match"
    found = re.search(r"(\w+) TLS connection established", said)
    return found[1] if found else said


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
