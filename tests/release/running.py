"""The real engines of this machine's Debian over rendered files: what a publisher and a supervisor would do, in small.

Owns: a throw-away instance below /tmp with ports of its own; the processes it started, ended by their pids.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import hongyan
from hongyan.engines.control import make_homes
from hongyan.engines.services import Ready, Service, prepare_directories, services
from hongyan.engines.supervise import processes
from hongyan.kernel.instance import PRIVATE_PORTS, PUBLIC_PORTS, Instance
from hongyan.release.check import make_cdb
from hongyan.release.facts import AddressFacts, Ground
from hongyan.release.render import FileText, Secrets, render
from hongyan.release.tables import TABLES, basis, ground_rows, merge, rows
from tests.release import sample

NEEDED = (
    "/usr/sbin/postmap", "/usr/sbin/dovecot", "/usr/bin/rspamd", "/usr/sbin/clamd", "/usr/bin/redis-server",
    "/usr/lib/dovecot/managesieve",
)  # fmt: skip
SECRETS = Secrets(webmaster="webmaster-of-tests", guard="guard-of-tests")


def debian() -> int:
    with suppress(OSError, ValueError):
        return int(Path("/etc/debian_version").read_text("ascii").split(".")[0])
    return 0


def available() -> bool:
    return os.geteuid() == 0 and debian() in (12, 13) and all(Path(path).exists() for path in NEEDED)


def free_ports() -> dict[str, int]:
    names = (*PUBLIC_PORTS, *PRIVATE_PORTS)
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in names]
    ports = {name: held.getsockname()[1] for name, held in zip(names, sockets, strict=True)}
    for held in sockets:
        held.close()
    return ports


def write(target: Path, file: FileText) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(file.text, "utf-8")
    shutil.chown(target, file.owner, file.group)
    target.chmod(file.mode)


def write_tables(ground: Ground, addresses: Iterable[AddressFacts]) -> None:
    whole = merge([ground_rows(ground), *(rows(facts, basis(ground)) for facts in addresses)])
    for table in TABLES.values():
        parts: dict[str, dict[str, str]] = {name: {} for name in table.files}
        for key, value in whole.get(table.name, {}).items():
            parts[table.file_of(key)][key] = value
        for name, part in parts.items():
            path = ground.instance.live / "tables" / name
            write(path, FileText(table.format(part), table.mode, "root", table.group))
            for suffix, view in table.views.items():
                write(path.with_name(f"{name}.{suffix}"), FileText(view(part), table.mode, "root", table.group))
            if table.cdb:
                make_cdb(ground.instance, path)
                path.with_name(f"{name}.cdb").chmod(table.mode)
                shutil.chown(path.with_name(f"{name}.cdb"), "root", table.group)


@cache
def sources() -> Path:
    """The code where every service's user can read it: in place, or (a clone in a closed directory) a copy."""
    here = Path(hongyan.__file__).parents[1]
    if all(parent.stat().st_mode & 0o001 for parent in (here, *here.parents)):
        return here
    copy = Path(tempfile.mkdtemp(prefix="hy-code-", dir="/var/tmp"))
    copy.chmod(0o755)
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    shutil.copytree(here / "hongyan", copy / "hongyan", ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def write_settings(instance: Instance) -> None:
    """`instance.toml`, for our own programs."""
    settings = {"name": instance.name, "hostname": instance.hostname, "listen": instance.listen}
    lines = [f'{key} = "{value}"' for key, value in settings.items()]
    lines += [f"debian = {instance.debian}", "outside = false", "[ports]"]
    lines += [f"{name} = {port}" for name, port in instance.ports.items()]
    (instance.root / "instance.toml").write_text("\n".join(lines) + "\n", "utf-8")


def write_certificate(instance: Instance) -> None:
    """Self-signed: tests of trust are the set-up's."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, instance.hostname)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    instance.tls.mkdir(parents=True)
    for path, content in (
        (instance.server_pem, private + pem),
        (instance.server_cert, pem),
        (instance.server_key, private),
    ):
        path.write_bytes(content)
        path.chmod(0o600)


class Guard:
    """Stands in for the guard: lets everybody in and keeps what Dovecot told."""

    def __init__(self, port: int) -> None:
        self.told: list[dict[str, object]] = []
        told = self.told

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told.append({"path": self.path, "key": self.headers["X-API-Key"], **json.loads(body)})
                answer = b'{"status":0,"msg":""}'
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@dataclass
class Running:
    instance: Instance
    ground: Ground
    guard: Guard
    processes: list[tuple[Service, subprocess.Popen[bytes]]] = field(default_factory=list)

    def log(self, name: str) -> str:
        path = self.instance.log / name
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def start(self, service: Service) -> None:
        for command in service.before:
            subprocess.run(command, check=True, env=dict(os.environ) | {"PYTHONPATH": str(sources())})
        console = (self.instance.log / f"{service.name}-console.log").open("ab")
        process = subprocess.Popen(
            service.argv,
            cwd=service.directory,
            user=service.user,
            group=service.user,
            extra_groups=[],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            env=dict(os.environ)
            | dict(service.environment)
            | {"HONGYAN_INSTANCE": str(self.instance.root), "PYTHONPATH": str(sources())},
        )
        console.close()
        self.processes.append((service, process))

    def wait_ready(self, seconds: float = 60) -> None:
        for service, process in self.processes:
            assert service.ready is not None
            wait_for(partial(_up_or_gone, service.ready, process), seconds, service.name)
            assert process.poll() is None, f"{service.name}: {self.log(f'{service.name}-console.log')}"

    def kill(self, name: str) -> None:
        process = next(process for service, process in self.processes if service.name == name)
        process.kill()
        process.wait()

    def stop(self) -> None:
        for _, process in reversed(self.processes):
            process.terminate()
        for service, process in reversed(self.processes):
            try:
                process.wait(service.stop_wait)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.guard.stop()


def wait_for(condition: Callable[[], object], seconds: float = 10, what: str = "") -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"{what}: not within {seconds} s"
        time.sleep(0.05)


def _up_or_gone(ready: Ready, process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is not None or _answers(ready)


def _answers(ready: Ready) -> bool:
    family, where = (socket.AF_UNIX, str(ready.socket)) if ready.socket else (socket.AF_INET, ("127.0.0.1", ready.port))
    with socket.socket(family) as probe:
        return probe.connect_ex(where) == 0


def client_tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@contextmanager
def engines(names: Iterable[str], addresses: Iterable[AddressFacts], *, resolver: str = "") -> Iterator[Running]:
    """The named services of an instance of the sample company, ready; ended and removed afterwards."""
    root = Path(tempfile.mkdtemp(prefix="hy-", dir="/tmp"))
    wanted = set(names)
    instance = replace(sample.instance(root, debian=debian(), ports=free_ports()), resolver=resolver)
    ground = sample.ground(instance)
    prepare_directories(instance)
    write_settings(instance)
    write_certificate(instance)
    for path, file in render(ground, SECRETS).items():
        write(instance.live / path, file)
    # Rspamd's patterns for tests (one of them lets a message through unseen, so no instance of anybody's has this).
    write(instance.live / "etc/rspamd/override.d/options.inc", FileText("enable_test_patterns = true;\n"))
    addresses = tuple(addresses)
    write_tables(ground, addresses)
    make_homes(instance, (str(instance.home(facts.address).relative_to(instance.mail)) for facts in addresses))
    running = Running(instance, ground, Guard(instance.ports["guard"]))
    try:
        for service in services(instance):
            if service.name in wanted:
                running.start(service)
        running.wait_ready()
        yield running
    finally:
        running.stop()
        processes.end_all(root, patience=2)  # what a master left behind when it was killed (Rspamd's workers)
        if not os.environ.get("HONGYAN_KEEP"):
            shutil.rmtree(root, ignore_errors=True)
