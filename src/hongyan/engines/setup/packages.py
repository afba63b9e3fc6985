"""Debian's packages: what is missing, and their installation.

Owns: the lists of packages, the one check whether all are there, apt.
Never: starts, stops or configures a system service: Hongyan's engines run under its own supervisor, and the daemons of
a package that it installed are neither started now nor at boot. Services that ran before are left alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hongyan.kernel.decision import Refusal

ENGINES = (
    *("postfix", "postfix-cdb", "postfix-pcre"),
    *("dovecot-core", "dovecot-imapd", "dovecot-pop3d", "dovecot-lmtpd", "dovecot-sieve", "dovecot-managesieved"),
    *("rspamd", "redis-server", "clamav-daemon", "adduser"),
    "postfix-mta-sts-resolver",
)
#: What papers are set with (company/papers): WeasyPrint's libraries, and fonts that have the forms of both Chinese scripts
#: and rare characters of names (57 MB; smaller ones know one form of each).
PAPERS = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core", "fonts-noto-cjk")
#: Full-text search that finds Chinese words. Debian 12 has no usable plugin (engine notes 0.6).
ENGINES_13 = ("dovecot-flatcurve",)
TESTS = (
    "chromium",
    "swaks",
    "libnet-ssleay-perl",
    "isync",
    "neomutt",
    "zsh",
    "postgresql",
    "git",
    "certbot",
    "pebble",
)
#: System services that come with the packages above.
DAEMONS = (
    *("postfix", "dovecot", "rspamd", "redis-server", "clamav-daemon", "clamav-freshclam", "postgresql"),
    "postfix-mta-sts-resolver",
)

_POLICY = Path("/usr/sbin/policy-rc.d")
_UPDATE_SECONDS, _INSTALL_SECONDS = 300, 1800


def debian_version() -> int:
    """12 or 13. The launcher has already refused everything else."""
    for line in Path("/etc/os-release").read_text("utf-8").splitlines():
        key, _, value = line.partition("=")
        if key == "VERSION_ID":
            return int(value.strip('"'))
    raise Refusal("setup.system", system="Debian")


def needed(debian: int, *, tests: bool = False) -> tuple[str, ...]:
    return ENGINES + PAPERS + (ENGINES_13 if debian >= 13 else ()) + (TESTS if tests else ())


def missing(wanted: Sequence[str]) -> list[str]:
    asked = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *wanted], capture_output=True, text=True
    )
    installed = {
        name for name, _, status in (line.partition(" ") for line in asked.stdout.splitlines()) if status == "installed"
    }
    return [name for name in wanted if name not in installed]


def install(wanted: Sequence[str]) -> None:
    """Install `wanted`. Raises Refusal with apt's own words when it cannot."""
    subprocess.run(
        ["debconf-set-selections"],
        input="postfix postfix/main_mailer_type select No configuration\n",
        text=True,
        check=False,
        capture_output=True,
    )
    before = _enabled_daemons()
    _apt(["update", "-q"], _UPDATE_SECONDS)
    with _no_daemons():
        _apt(["install", "-y", "-q", "--no-install-recommends", *wanted], _INSTALL_SECONDS)
    if fresh := _enabled_daemons() - before:
        subprocess.run(["systemctl", "disable", *sorted(fresh)], check=False, capture_output=True)


def _apt(arguments: list[str], seconds: int) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1", "LC_ALL": "C.UTF-8"}
    options = ["-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=3", "-o", "Dpkg::Options::=--force-confold"]
    try:
        done = subprocess.run(
            ["apt-get", *options, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise Refusal("setup.packages", command=f"apt-get {arguments[0]}", reason=f"> {seconds} s") from None
    if done.returncode:
        errors = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith(("E:", "W:", "dpkg:"))]
        raise Refusal("setup.packages", command=f"apt-get {arguments[0]}", reason=" ".join(errors[-3:]) or "?")


def _enabled_daemons() -> set[str]:
    if not shutil.which("systemctl"):
        return set()
    asked = subprocess.run(["systemctl", "is-enabled", *DAEMONS], capture_output=True, text=True)
    return {name for name, state in zip(DAEMONS, asked.stdout.splitlines(), strict=False) if state == "enabled"}


@contextmanager
def _no_daemons() -> Iterator[None]:
    """Debian's own switch: while policy-rc.d says 101, installing a package starts nothing. A policy in place stays."""
    if _POLICY.exists():
        yield
        return
    _POLICY.write_text("#!/bin/sh\nexit 101\n", "ascii")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink(missing_ok=True)
