"""Rspamd: Debian's rules with the instance's settings, the same files for 3.4 and 3.12.

Owns: scores to actions, signing, the virus scanner's place, what is asked of the network.
Always: only mail of who has signed in, and our own notices, is signed; a message that the virus scanner could not look
at is deferred, not let through (clause B4.3).
"""

from __future__ import annotations

from pathlib import Path

from hongyan.kernel.instance import Instance
from hongyan.release.facts import DomainFacts, Ground
from hongyan.release.render.clamd import scan_megabytes
from hongyan.release.render.filetext import FileText, plain, template

_TEMPLATES = (
    "options.inc", "logging.inc", "worker-normal.inc", "worker-proxy.inc", "worker-controller.inc", "redis.conf",
    "actions.conf", "antivirus.conf", "dkim_signing.conf", "force_actions.conf", "milter_headers.conf",
    "subject_group.conf",
)  # fmt: skip
#: They ask name servers or web services that the instance may not reach.
_OUTSIDE = (
    "asn", "bimi", "dcc", "external_services", "fuzzy_check", "hfilter", "mx_check", "once_received", "phishing", "rbl",
    "rspamd_update", "surbl", "url_redirector", "whitelist",
)  # fmt: skip
#: They need a resolver, but one of our own will do. RFC 7208, RFC 6376, RFC 7489, RFC 8617.
_VERDICTS = ("spf", "dkim", "dmarc", "arc")
#: The gate limits senders; greylisting delays the mail of companies that the office waits for.
_UNUSED = ("greylist", "ratelimit", "neural")


def files(ground: Ground) -> dict[str, FileText]:
    instance = ground.instance
    local = "etc/rspamd/local.d"
    values = {"i": instance, "resolver": _resolver(instance), "megabytes": scan_megabytes(ground)}
    made = {f"{local}/{name}": FileText(template(f"rspamd/{name}.j2", **values)) for name in _TEMPLATES}
    made |= {f"{local}/{module}.conf": FileText("enabled = false;\n") for module in _disabled(instance)}
    if _judges(instance):
        made |= {f"{local}/{module}.conf": FileText(_verdict(module)) for module in _VERDICTS}
    return made | _dkim(ground)


def _judges(instance: Instance) -> bool:
    """Whether SPF, DKIM and DMARC can be asked."""
    return instance.outside or bool(instance.resolver)


def _disabled(instance: Instance) -> tuple[str, ...]:
    without = () if instance.outside else _OUTSIDE
    return (*_UNUSED, *without, *(() if _judges(instance) else _VERDICTS))


def _verdict(module: str) -> str:
    """Mail from loopback is judged as any other: an instance may hear the world there (tests, proxies)."""
    text = "check_local = true;\n"
    if module == "dmarc":
        text += 'actions = { quarantine = "add_header"; reject = "reject"; }\n'
    if module == "arc":
        text += "sign_inbound = false;\n"
    return text


def _resolver(instance: Instance) -> str:
    """`ip:port` as Rspamd spells it; empty: the system's."""
    host, _, port = instance.resolver.partition(":")
    return f"{plain(host)}:{int(port or 53)}" if host else ""


def _dkim(ground: Ground) -> dict[str, FileText]:
    """Keys and the maps that lead to them; Rspamd notices changes of both by itself."""
    directory = ground.instance.live / "etc/rspamd/dkim"
    made = {
        "etc/rspamd/dkim/selectors.map": FileText(
            "".join(f"{plain(d.name)} {plain(d.selector)}\n" for d in ground.domains)
        ),
        "etc/rspamd/dkim/paths.map": FileText(
            "".join(f"{plain(d.name)} {plain(directory / _key_file(d))}\n" for d in ground.domains)
        ),
    }
    for domain in ground.domains:
        made[f"etc/rspamd/dkim/{_key_file(domain)}"] = FileText(
            domain.dkim_key, mode=0o640, owner="_rspamd", group="_rspamd"
        )
    return made


def _key_file(domain: DomainFacts) -> str:
    return f"{domain.name}.{domain.selector}.key"


def command(instance: Instance) -> list[str]:
    """How Rspamd runs with these files, in the foreground."""
    places = {
        "LOCAL_CONFDIR": instance.live / "etc/rspamd",
        "RUNDIR": instance.run / "rspamd",
        "DBDIR": instance.root / "rspamd",
        "LOGDIR": instance.log,
    }
    return [
        "/usr/bin/rspamd", "-f", "-c", "/etc/rspamd/rspamd.conf", "-u", "_rspamd", "-g", "_rspamd",
        *(f"--var={name}={path}" for name, path in places.items()),
    ]  # fmt: skip


def checks(root: Path) -> list[tuple[str, list[str]]]:
    return [
        (
            "rspamadm configtest",
            [
                "/usr/bin/rspamadm", f"--var=LOCAL_CONFDIR={root / 'etc/rspamd'}", "configtest",
                "-c", "/etc/rspamd/rspamd.conf",
            ],
        )
    ]  # fmt: skip
