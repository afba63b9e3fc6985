"""One deployment = one directory. This module owns its layout, its ports and its settings file.

Owns: the names of every path under the instance directory, `instance.toml`, the secrets.
Never: starts or stops anything, touches the database.
Always: a path used by two rooms is named here and nowhere else.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

PUBLIC_PORTS = ("smtp", "submission", "submissions", "imap", "imaps", "pop3", "pop3s", "sieve", "web")
#: Loopback only: `inside` takes mail from our own services and sieve, `webmail` takes XCLIENT submission,
#: `guard` is Dovecot's auth policy server, `rspamd` the controller.
PRIVATE_PORTS = ("inside", "webmail", "guard", "rspamd")

DEMO_PORTS = {
    "smtp": 10025, "submission": 10587, "submissions": 10465, "imap": 10143, "imaps": 10993, "pop3": 10110,
    "pop3s": 10995, "sieve": 14190, "web": 8443, "inside": 10026, "webmail": 10027, "guard": 10040, "rspamd": 10034,
}  # fmt: skip
STANDARD_PORTS = {
    "smtp": 25, "submission": 587, "submissions": 465, "imap": 143, "imaps": 993, "pop3": 110,
    "pop3s": 995, "sieve": 4190, "web": 443, "inside": 10026, "webmail": 10027, "guard": 10040, "rspamd": 10034,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Instance:
    """A loaded `instance.toml`. All paths are absolute and resolved."""

    root: Path
    name: str  #: unique on the machine; marks our processes (environment HONGYAN_INSTANCE)
    hostname: str  #: the mail host's name, in banners, HELO, certificates and links
    ports: dict[str, int]
    listen: str  #: address of the public listeners: 127.0.0.1, or 0.0.0.0 with standard ports
    debian: int  #: 12 or 13
    outside: bool  #: False: no DNS or internet (rspamd network checks and freshclam stay off)
    database: str = ""  #: empty: SQLite in db/; or postgresql://user:password@host:port/name
    resolver: str = ""  #: "ip:port" of a DNS resolver for SPF/DKIM/DMARC; empty: the system's
    rspamd: bool = True
    message_size_mb: int = 50  #: hard limit of the SMTP servers; companies may set less
    timezone: str = ""  #: IANA name for times on pages and in notices; empty: the machine's
    memory: str = ""  #: a directory in memory (tmpfs) where `locks` is made; empty: none
    web_origin: str = ""  #: public URL of the web when a proxy or another name is in front
    webhook_allow: str = ""  #: hosts and networks that webhooks may go to though private or without TLS
    http_port: int = 0  #: plain HTTP for ACME and for the way to HTTPS; 0: none
    dane: bool = False  #: honour DANE when sending; needs a resolver on this machine that checks DNSSEC
    extra: dict[str, str] = field(default_factory=dict)

    # -- decide and keep -------------------------------------------------------------------------
    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    @property
    def tls(self) -> Path:
        return self.root / "tls"

    @property
    def ca_pem(self) -> Path:
        return self.tls / "ca.pem"

    @property
    def server_pem(self) -> Path:
        """Key, certificate and chain in one file (Postfix `smtpd_tls_chain_files` order), root only."""
        return self.tls / "server.pem"

    @property
    def server_cert(self) -> Path:
        return self.tls / "server-cert.pem"

    @property
    def server_key(self) -> Path:
        return self.tls / "server-key.pem"

    @property
    def acme(self) -> Path:
        """Web root of an ACME client: answers to challenges lie in .well-known/acme-challenge/ below it (RFC 8555 8.3)."""
        return self.root / "acme"

    @property
    def database_file(self) -> Path:
        return self.root / "db" / "hongyan.sqlite3"

    # -- compile ---------------------------------------------------------------------------------
    @property
    def releases(self) -> Path:
        return self.root / "releases"

    @property
    def live(self) -> Path:
        """What the engines read. Written by the publisher alone, file by file, by rename."""
        return self.root / "live"

    # -- run -------------------------------------------------------------------------------------
    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def mail(self) -> Path:
        return self.root / "mail"

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def locks(self) -> Path:
        """Dovecot's lock files of a moment. In memory if possible: one more file per delivery is work for a disk."""
        return Path(self.memory) / f"hongyan-{self.name}" if self.memory else self.run / "locks"

    @property
    def strangers(self) -> Path:
        """The home that Dovecot takes for an address that does not exist, when its folders are asked for."""
        return self.state / "strangers"

    @property
    def filling(self) -> Path:
        """Postfix map source of the mailboxes that Dovecot has warned of; kept by bin/quota-warning.sh, as vmail."""
        return self.state / "filling" / "mailboxes"

    # -- observe ---------------------------------------------------------------------------------
    @property
    def events(self) -> Path:
        """Event journals: gate.jsonl, guard.jsonl, and one file per quota warning in quota/."""
        return self.root / "events"

    @property
    def gate_socket(self) -> Path:
        return self.run / "gate" / "milter.sock"

    @property
    def answers_socket(self) -> Path:
        """LMTP: answers to notices, from Postfix to the worker."""
        return self.run / "answers" / "lmtp.sock"

    @property
    def sts_socket(self) -> Path:
        """The MTA-STS resolver's socketmap."""
        return self.run / "mta-sts" / "policy.sock"

    @property
    def sts_cache(self) -> Path:
        return self.state / "mta-sts" / "policies.sqlite3"

    @property
    def tls_policy_socket(self) -> Path:
        """What Postfix asks instead where DANE is honoured."""
        return self.run / "tls-policy" / "policy.sock"

    @property
    def publisher_socket(self) -> Path:
        """Datagram socket: any byte wakes the publisher."""
        return self.run / "publisher" / "wake.sock"

    @property
    def web_url(self) -> str:
        if self.web_origin:
            return self.web_origin.rstrip("/")
        port = self.ports["web"]
        host = "localhost" if self.listen == "127.0.0.1" else self.hostname
        return f"https://{host}" + ("" if port == 443 else f":{port}")

    def secret(self, name: str) -> str:
        """The secret's text. Raises FileNotFoundError before set-up, PermissionError without the right."""
        return (self.secrets / name).read_text("ascii").strip()

    def home(self, address: str) -> Path:
        """A mailbox's home directory, `mail/DOMAIN/LOCAL`."""
        local, _, domain = address.partition("@")
        return self.mail / domain / local


class NoInstance(Exception):
    """There is no instance in this directory yet."""


def load(root: Path | str) -> Instance:
    """Read DIR/instance.toml. Raises NoInstance when DIR holds none."""
    root = Path(root).resolve()
    try:
        raw = tomllib.loads((root / "instance.toml").read_text("utf-8"))
    except FileNotFoundError:
        raise NoInstance(str(root)) from None
    known = {f for f in Instance.__dataclass_fields__ if f not in ("root", "extra")}
    return Instance(root=root, **{k: v for k, v in raw.items() if k in known})


def current() -> Instance:
    """The instance of this process: HONGYAN_DIR, or `var` below the working directory."""
    return load(os.environ.get("HONGYAN_DIR", "var"))
