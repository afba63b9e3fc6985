"""What an instance is compared to: Debian's own Postfix and Dovecot with Debian's own settings, LMTP between them.

Owns: one directory with both, on ports of its own, made from the pristine files that the packages install
(`/usr/share/postfix`, `/usr/share/dovecot`).
Never: touches /etc or a running Postfix or Dovecot of the machine.
Always: departs from the defaults only where virtual mailboxes need it (domain, mailbox map, passwd-file, home, LMTP by
the socket in Postfix's chroot that Dovecot's manual gives) and where a second server on one machine needs it (paths and
ports). The store is sdbox as in the instance unless asked otherwise, so that the comparison is not one of formats.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench.rspamd import Rspamd

MASTER = "/usr/lib/postfix/sbin/master"
STORES = {
    "2.3": {s: f"mail_location = {s}:~/mail\n" for s in ("sdbox", "mdbox", "maildir")},
    "2.4": {s: f"mail_driver = {s}\nmail_path = ~/mail\n" for s in ("sdbox", "mdbox", "maildir")},
}
#: What Debian's package writes into main.cf at installation for an Internet site.
INSTALLED = """
smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination
myhostname = bare.example
alias_maps = hash:/etc/aliases
alias_database = hash:/etc/aliases
mydestination = $myhostname, localhost.localdomain, localhost
relayhost =
mynetworks = 127.0.0.0/8
mailbox_size_limit = 0
recipient_delimiter = +
inet_protocols = ipv4
"""
DOVECOT_23 = """
passdb {{
  driver = passwd-file
  args = {root}/etc/dovecot/users
}}
userdb {{
  driver = passwd-file
  args = {root}/etc/dovecot/users
}}
mail_home = {root}/mail/%d/%n
"""
DOVECOT_24 = """
passdb passwd-file {{
  passwd_file_path = {root}/etc/dovecot/users
}}
userdb passwd-file {{
  passwd_file_path = {root}/etc/dovecot/users
}}
mail_home = {root}/mail/%{{user | domain}}/%{{user | username}}
mail_inbox_path =
"""
DOVECOT = """
base_dir = {root}/run/dovecot
state_dir = {root}/state
instance_name = {name}
log_path = {root}/log/dovecot.log
listen = 127.0.0.1
first_valid_uid = {uid}
mail_uid = {uid}
mail_gid = {gid}
{store}{version_part}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service managesieve-login {{
  inet_listener sieve {{
    port = {sieve}
  }}
}}
service lmtp {{
  unix_listener {root}/spool/private/dovecot-lmtp {{
    mode = 0600
    user = postfix
    group = postfix
  }}
}}
"""


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on now; taken together so that they differ."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


def wait_until(ready: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not ready after {seconds:.0f} s")
        time.sleep(0.05)


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 0.5).close()
    except OSError:
        return False
    return True


def dovecot_series() -> str:
    said = subprocess.run(["dovecot", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"\d+\.\d+", said)
    assert found is not None, said
    return found.group()


def account(name: str) -> pwd.struct_passwd:
    """The system user that owns the mail; made as the instance's set-up makes it."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        command = ["adduser", "--system", "--group", "--no-create-home", "--home", "/nonexistent", name]
        subprocess.run(command, check=True, capture_output=True)
        return pwd.getpwnam(name)


@dataclass
class Bare:
    """A running bare server. `start` returns when every port answers."""

    root: Path
    store: str = "sdbox"
    lmtp: str = "unix"  #: or "tcp"
    rspamd: Rspamd | None = None
    extra_dovecot: str = ""
    ports: dict[str, int] = field(default_factory=dict)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    name: str = "bare"

    # -- what a benchmark needs of a side --------------------------------------------------------
    @property
    def spool(self) -> Path:
        return self.root / "spool"

    @property
    def dovecot_conf(self) -> Path:
        return self.root / "etc/dovecot/dovecot.conf"

    @property
    def roots(self) -> list[int]:
        return [p.pid for p in self.processes] + (self.rspamd.roots if self.rspamd else [])

    # -- making ----------------------------------------------------------------------------------
    def make(self, users: dict[str, str]) -> None:
        """`users`: address -> password field with its scheme, as a passwd-file takes it."""
        self.root.mkdir(parents=True, exist_ok=True)
        for part in ("log", "mail", "run", "state", "pdata", "spool", "etc/postfix"):
            (self.root / part).mkdir(parents=True, exist_ok=True)
        self.root.chmod(0o755)
        vmail = account("vmail")
        os.chown(self.root / "mail", vmail.pw_uid, vmail.pw_gid)
        os.chown(self.root / "pdata", pwd.getpwnam("postfix").pw_uid, 0)
        names = ("smtp", "imap", "imaps", "pop3", "sieve", "lmtp")
        self.ports = dict(zip(names, free_ports(len(names)), strict=True))
        self.write_dovecot(users, vmail)
        self.write_postfix(users)

    def write_postfix(self, users: dict[str, str]) -> None:
        etc = self.root / "etc/postfix"
        etc.joinpath("vmailbox").write_text("".join(f"{a} {a}\n" for a in sorted(users)), "utf-8")
        domains = sorted({a.partition("@")[2] for a in users})
        transport = "unix:private/dovecot-lmtp" if self.lmtp == "unix" else f"inet:127.0.0.1:{self.ports['lmtp']}"
        main = Path("/usr/share/postfix/main.cf.debian").read_text("utf-8") + INSTALLED
        main += f"queue_directory = {self.spool}\ndata_directory = {self.root}/pdata\nmeta_directory = /etc/postfix\n"
        main += f"inet_interfaces = 127.0.0.1\nmaillog_file = {self.root}/log/mail.log\n"
        main += f"maillog_file_prefixes = {self.root}\n"
        main += f"virtual_mailbox_domains = {', '.join(domains)}\nvirtual_mailbox_maps = hash:{etc}/vmailbox\n"
        main += f"virtual_transport = lmtp:{transport}\n"
        main += self.rspamd.postfix() if self.rspamd else ""
        etc.joinpath("main.cf").write_text(main, "utf-8")
        master = Path("/usr/share/postfix/master.cf.dist").read_text("utf-8")
        listener = f"127.0.0.1:{self.ports['smtp']} inet"
        master, changed = re.subn(r"^smtp +inet", listener, master, count=1, flags=re.MULTILINE)
        assert changed == 1, "master.cf.dist has no smtp service"
        etc.joinpath("master.cf").write_text(master, "utf-8")
        run("postmap", "-c", str(etc), f"hash:{etc}/vmailbox")
        run("postfix", "-c", str(etc), "check")
        self.fill_chroot()

    def fill_chroot(self) -> None:
        """As Debian's start script does: the resolver's files inside the queue directory."""
        etc = self.spool / "etc"
        etc.mkdir(exist_ok=True)
        for name in ("hosts", "services", "resolv.conf", "nsswitch.conf", "localtime"):
            source = Path("/etc", name)
            if source.exists():
                shutil.copyfile(source, etc / name)

    def write_dovecot(self, users: dict[str, str], vmail: pwd.struct_passwd) -> None:
        etc = self.root / "etc/dovecot"
        if etc.exists():
            shutil.rmtree(etc)
        shutil.copytree("/usr/share/dovecot", etc)
        for part in etc.glob("conf.d/*.conf"):
            text = part.read_text("utf-8").replace("/etc/dovecot/", f"{etc}/")
            part.write_text(text.replace("\n!include auth-system", "\n#!include auth-system"), "utf-8")
        (etc / "private").mkdir()
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=localhost",
            "-keyout", str(etc / "private/dovecot.key"), "-out", str(etc / "private/dovecot.pem"))  # fmt: skip
        lines = [f"{a}:{password}:{vmail.pw_uid}:{vmail.pw_gid}::::\n" for a, password in sorted(users.items())]
        etc.joinpath("users").write_text("".join(lines), "utf-8")
        etc.joinpath("local.conf").write_text(self.local_conf(vmail), "utf-8")
        run("doveconf", "-c", str(self.dovecot_conf), "-n")

    def local_conf(self, vmail: pwd.struct_passwd) -> str:
        series = dovecot_series()
        text = DOVECOT.format(
            root=self.root, name=f"bare-{self.root.name}", uid=vmail.pw_uid, gid=vmail.pw_gid, store=STORES[series][self.store],
            version_part=(DOVECOT_23 if series == "2.3" else DOVECOT_24).format(root=self.root), **self.ports,
        )  # fmt: skip
        if self.lmtp == "tcp":
            text += f"service lmtp {{\n  inet_listener lmtp {{\n    port = {self.ports['lmtp']}\n  }}\n}}\n"
        return text + self.extra_dovecot

    # -- running ---------------------------------------------------------------------------------
    def start(self) -> None:
        if self.rspamd:
            self.rspamd.start()
        with (self.root / "log/start.log").open("ab") as log:
            for command in (
                ["dovecot", "-F", "-c", str(self.dovecot_conf)],
                [MASTER, "-c", str(self.root / "etc/postfix"), "-s"],
            ):
                self.processes.append(subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True))
        try:
            wait_until(lambda: listens(self.ports["imap"]) and listens(self.ports["smtp"]), "bare server")
        except TimeoutError:
            self.stop()
            raise

    def stop(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(20)
        self.processes.clear()
        if self.rspamd:
            self.rspamd.stop()


def run(*command: str) -> None:
    """Raises with what the command said."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr or done.stdout}")
