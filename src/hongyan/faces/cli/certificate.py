"""`certificate`: which one is served, and putting one of a public authority in its place.

An ACME client calls `certificate use` from its deploy hook (docs/operations.md).
"""

from __future__ import annotations

import grp
from pathlib import Path

from cryptography import x509

from hongyan.engines.control import RunningEngines
from hongyan.engines.setup import certificates
from hongyan.engines.supervise import control as supervisor
from hongyan.faces.cli.context import actor
from hongyan.faces.cli.output import Output
from hongyan.faces.cli.registry import Namespace, Subparsers
from hongyan.kernel import clock, ledger
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import load


def register(sub: Subparsers) -> None:
    certificate = sub.add_parser("certificate", help="the server certificate").add_subparsers(
        metavar="ACTION", required=True
    )
    certificate.add_parser("show", help="what is served, and until when").set_defaults(run=run_show)
    use = certificate.add_parser("use", help="serve this one instead, on every port")
    use.add_argument("chain", metavar="FULLCHAIN", type=Path, help="PEM: certificate, then intermediates")
    use.add_argument("key", metavar="KEY", type=Path, help="PEM, without passphrase")
    use.set_defaults(run=run_use)


def run_show(args: Namespace, out: Output) -> None:
    instance = load(args.dir)
    served = x509.load_pem_x509_certificate(instance.server_cert.read_bytes())
    document = {
        "subject": served.subject.rfc4514_string(),
        "issuer": served.issuer.rfc4514_string(),
        "until": served.not_valid_after_utc.isoformat(),
        "authority": str(instance.ca_pem),
    }
    out.result(document, "\n".join(f"{name:10} {value}" for name, value in document.items()))


def run_use(args: Namespace, out: Output) -> None:
    instance = load(args.dir)
    until = certificates.use(
        instance.tls,
        _read(args.chain),
        _read(args.key),
        instance.hostname,
        now=clock.now(),
        group=grp.getgrnam("hongyan").gr_gid,
    )
    engines = RunningEngines(instance)
    engines.reload("dovecot")  # and Postfix with it
    supervisor.call(instance, "supervisor.stopProcess", "web", True)
    supervisor.call(instance, "supervisor.startProcess", "web", False)
    ledger.record("certificate.used", chain=ledger.INSTANCE, actor=actor().name, subject=instance.hostname)
    out.result({"hostname": instance.hostname, "until": until.isoformat()}, f"{instance.hostname}  {until:%Y-%m-%d}")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise Refusal("file.unreadable", path=str(path), problem=problem.strerror or "") from None
