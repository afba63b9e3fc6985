"""Debian's own Rspamd and Redis beside the bare server, joined as Rspamd's quick start says.

Owns: one directory with both, ports of their own.
Always: Rspamd's own settings, apart from paths and ports, and the modules switched off that ask the network, which the
instance has off as well when it has no outside: their time-outs would be measured, not the scan.
"""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

NETWORK = (
    "rbl", "dmarc", "arc", "spf", "fuzzy_check", "phishing", "mx_check", "asn", "url_redirector", "spamtrap",
    "external_services", "antivirus",
)  # fmt: skip
QUICK_START = """
smtpd_milters = inet:127.0.0.1:{proxy}
non_smtpd_milters = inet:127.0.0.1:{proxy}
milter_protocol = 6
milter_mail_macros = i {{mail_addr}} {{client_addr}} {{client_name}} {{auth_authen}}
milter_default_action = accept
"""


@dataclass
class Rspamd:
    root: Path
    proxy: int
    normal: int
    controller: int
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def roots(self) -> list[int]:
        return [p.pid for p in self.processes]

    def postfix(self) -> str:
        return QUICK_START.format(proxy=self.proxy)

    def make(self) -> None:
        for part, user in (("local.d", "root"), ("run", "_rspamd"), ("db", "_rspamd"), ("log", "_rspamd"),
                           ("redis", "redis")):  # fmt: skip
            path = self.root / part
            path.mkdir(parents=True, exist_ok=True)
            owner = pwd.getpwnam(user)
            os.chown(path, owner.pw_uid, owner.pw_gid)
        self.root.chmod(0o755)
        for name, text in self.settings().items():
            (self.root / "local.d" / name).write_text(text, "utf-8")
        (self.root / "redis.conf").write_text(
            f'port 0\nunixsocket {self.root}/redis/redis.sock\nunixsocketperm 777\ndir {self.root}/redis\nsave ""\n'
            "appendonly no\ndaemonize no\n",
            "utf-8",
        )

    def settings(self) -> dict[str, str]:
        files = {f"{module}.conf": "enabled = false;\n" for module in NETWORK}
        return files | {
            "options.inc": f'control_socket = "{self.root}/run/control.sock mode=0600";\n',
            "logging.inc": f'type = "file"; filename = "{self.root}/log/rspamd.log";\n',
            "worker-proxy.inc": f'bind_socket = "127.0.0.1:{self.proxy}";\n'
            f'upstream "local" {{ default = yes; hosts = "127.0.0.1:{self.normal}"; }}\n',
            "worker-normal.inc": f'bind_socket = "127.0.0.1:{self.normal}";\n',
            "worker-controller.inc": f'bind_socket = "127.0.0.1:{self.controller}";\n',
            "worker-fuzzy.inc": "enabled = false;\n",
            "redis.conf": f'servers = "{self.root}/redis/redis.sock";\n',
            "greylist.conf": "enabled = false;\n",
        }

    def start(self) -> None:
        redis = ["setpriv", "--reuid=redis", "--regid=redis", "--clear-groups", "redis-server",
                 str(self.root / "redis.conf")]  # fmt: skip
        variables = {"LOCAL_CONFDIR": self.root, "RUNDIR": self.root / "run", "DBDIR": self.root / "db",
                     "LOGDIR": self.root / "log"}  # fmt: skip
        rspamd = ["rspamd", "-f", "-c", "/etc/rspamd/rspamd.conf", "-u", "_rspamd", "-g", "_rspamd"]
        rspamd += [f"--var={name}={path}" for name, path in variables.items()]
        with (self.root / "start.log").open("ab") as log:
            for command in (redis, rspamd):
                self.processes.append(subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True))

    def is_warm(self) -> bool:
        """At its first start it compiles its expressions in the background; before that it is several times slower."""
        try:
            compiled = [file.stat().st_mtime for file in (self.root / "db").glob("*.hs*")]
        except FileNotFoundError:  # renamed meanwhile
            return False
        return bool(compiled) and time.time() - max(compiled) > 3

    def stop(self) -> None:
        """Rspamd's proxy on Debian 13 waits long for its milter connections; nothing of it is kept."""
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()
