"""Dovecot: two texts, because 2.4 (Debian 13) speaks another language than 2.3 (Debian 12). Their order is the same.

Owns: sign-in, the store, quota, folders, sieve, sharing, search.
Always: no password signs in outside TLS on a public port, loopback included; the passdb order is masters, plain
(refuses what is not TLS), deny (refuses by state), app passwords, passwords.
"""

from __future__ import annotations

import json
from pathlib import Path

from hongyan.kernel.instance import Instance
from hongyan.release.facts import Ground
from hongyan.release.reasons import passwd_field
from hongyan.release.render.filetext import FileText, template
from hongyan.release.render.secrets import Secrets
from hongyan.release.tables import ASK_QUOTA, DEFAULT_JUNK_DAYS, DEFAULT_TRASH_DAYS

MASTER_USER = "webmail"
#: Said to who signs in without TLS from the machine itself; Dovecot refuses the others before it asks for a password.
_PLAIN = "Sign-in needs TLS: choose STARTTLS or SSL/TLS in your mail program. 請在郵件程式中選用 STARTTLS 或 SSL/TLS。"


def files(ground: Ground, secrets: Secrets) -> dict[str, FileText]:
    instance = ground.instance
    name = "dovecot23" if instance.debian == 12 else "dovecot24"
    values = {
        "i": instance,
        "tables": instance.live / "tables",
        "quota_mb": ground.default_quota_mb,
        "junk_days": DEFAULT_JUNK_DAYS,
        "trash_days": DEFAULT_TRASH_DAYS,
    }
    return {
        "etc/dovecot.conf": FileText(template(f"dovecot/{name}.conf.j2", **values)),
        # Apart and unreadable, so that the main file can be shown to an administrator.
        "etc/dovecot.d/guard.conf": FileText(_guard(secrets), mode=0o600),
        "etc/masters": _passwd({MASTER_USER: "{SHA256.hex}" + secrets.webmaster_sha256}),
        "etc/plain": _passwd(_plain_refusals(instance)),
        # Who asks for the folders of nobody gets the answer that who has no right to somebody's gets.
        "etc/strangers": _passwd({"imap": f"::::{instance.strangers}::"}),
        "bin/quota-warning.sh": FileText(_quota_warning(instance), mode=0o755),
    }


def _guard(secrets: Secrets) -> str:
    return (
        f"auth_policy_server_api_header = X-API-Key: {secrets.guard}\nauth_policy_hash_nonce = {secrets.policy_nonce}\n"
    )


def _passwd(rows: dict[str, str]) -> FileText:
    return FileText("".join(f"{key}:{value}\n" for key, value in sorted(rows.items())), mode=0o640, group="dovecot")


def _plain_refusals(instance: Instance) -> dict[str, str]:
    """Keys `protocol/secured/port`: Dovecot calls a client of the machine itself "secured" even without TLS."""
    reason = f"::::::reason={passwd_field(_PLAIN)}"
    return {f"{protocol}/secured/{instance.ports[protocol]}": reason for protocol in ("imap", "pop3", "sieve")}


def _quota_warning(instance: Instance) -> str:
    """Called by Dovecot as vmail: LEVEL ADDRESS. One file per warning, whole when it appears.

    From the first warning until `below`, Postfix asks Dovecot before it takes mail for the address (`ask_quota`).
    """
    events = instance.events / "quota"
    line = json.dumps({"at": "%s", "address": "%s", "level": "%s"}, separators=(",", ":"))
    return f"""\
#!/bin/sh
# Compiled by Hongyan. Changes made here are lost.
set -eu
umask 027
name=$(date -u +%Y%m%dT%H%M%S.%N)-$$
printf '{line}\\n' "$(date -u +%Y-%m-%dT%H:%M:%S.%6NZ)" "$2" "$1" > "{events}/.$name.new"
mv "{events}/.$name.new" "{events}/$name.json"

umask 022
exec 9> "{instance.filling}.lock"
flock 9
{{ grep -v -F -x "$2	{ASK_QUOTA}" "{instance.filling}" || true; }} > "{instance.filling}.new"
[ "$1" = below ] || printf '%s\\t{ASK_QUOTA}\\n' "$2" >> "{instance.filling}.new"
mv "{instance.filling}.new" "{instance.filling}"
exec /usr/sbin/postmap -c "{instance.live}/etc/postfix" "cdb:{instance.filling}"
"""


def checks(root: Path) -> list[tuple[str, list[str]]]:
    return [("doveconf", ["/usr/bin/doveconf", "-c", str(root / "etc/dovecot.conf"), "-n"])]
