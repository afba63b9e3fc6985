"""`certificate`: which one is served, and putting one of a public authority in its place.

`certificate acme` has certbot fetch one; certbot calls `certificate use` from its deploy hook then and at every renewal.
"""

from __future__ import annotations

import grp
import os
from pathlib import Path

from cryptography import x509

from hongyan.company.dns.check import check
from hongyan.company.dns.host import host_of
from hongyan.company.dns.queries import list_domain_names
from hongyan.company.dns.records import WEB_NAMES, Record
from hongyan.engines.control import RunningEngines
from hongyan.engines.setup import acme, certificates, packages
from hongyan.engines.supervise import control as supervisor
from hongyan.faces.cli.context import actor
from hongyan.faces.cli.output import Output
from hongyan.faces.cli.registry import Namespace, Subparsers
from hongyan.kernel import clock, ledger
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import Instance, load


def register(sub: Subparsers) -> None:
    certificate = sub.add_parser("certificate", help="the server certificate").add_subparsers(
        metavar="ACTION", required=True
    )
    certificate.add_parser("show", help="what is served, and until when").set_defaults(run=run_show)
    use = certificate.add_parser("use", help="serve this one instead, on every port")
    use.add_argument("chain", metavar="FULLCHAIN", type=Path, help="PEM: certificate, then intermediates")
    use.add_argument("key", metavar="KEY", type=Path, help="PEM, without passphrase")
    use.set_defaults(run=run_use)
    order = certificate.add_parser("acme", help="get one from a public authority by ACME (certbot), renewed by itself")
    order.add_argument("--email", required=True, metavar="ADDRESS", help="where the authority warns of trouble")
    order.add_argument("--agree-tos", action="store_true", help="you agree to the authority's terms of service")
    order.add_argument(
        "--server", default="", metavar="URL", help="the authority's ACME directory (default: certbot's)"
    )
    order.add_argument(
        "--name", action="append", default=[], metavar="NAME", help="these names beside the host's alone"
    )
    order.add_argument(
        "--state", type=Path, default=None, metavar="DIR", help="certbot's state, instead of /etc/letsencrypt"
    )
    order.set_defaults(run=run_acme)


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


def run_acme(args: Namespace, out: Output) -> None:
    if not args.agree_tos:
        raise Refusal("certificate.terms")
    instance = load(args.dir)
    names = (instance.hostname, *(args.name or wanted_names(instance)))
    if packages.missing((acme.PACKAGE,)):
        packages.install((acme.PACKAGE,))
    out.progress(out.say("certificate.asking", names=list(names)))
    launcher = Path(os.environ.get("HONGYAN_CHECKOUT", ".")).absolute() / "hongyan"
    hook = (str(launcher), "--dir", str(instance.root), "certificate", "use")
    acme.obtain(instance, acme.Order(names, args.email, args.server, args.state), hook)
    run_show(args, out)


def wanted_names(instance: Instance) -> list[str]:
    """The domains' names for mail programs and MTA-STS that lead to this host: an authority checks each of them."""
    from hongyan.company.dns.resolver import Resolver  # ten megabytes

    host = host_of(instance)
    names = [f"{prefix}.{name}" for name in list_domain_names() for prefix in WEB_NAMES]
    records = [Record(name, "CNAME", "", "", "useful", "host") for name in names]
    findings = check(records, host, Resolver(instance.resolver))
    return [finding.record.name for finding in findings if finding.state == "right"]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise Refusal("file.unreadable", path=str(path), problem=problem.strerror or "") from None
