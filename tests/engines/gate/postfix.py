"""A small real Postfix with the gate as its milter: three listeners, everything accepted is discarded."""

from __future__ import annotations

import shutil
import socket
import socketserver
import subprocess
import tempfile
import threading
import time
from pathlib import Path

_MAIN = """
compatibility_level = 3.6
queue_directory = {root}/spool
data_directory = {root}/data
config_directory = {root}/etc
meta_directory = /etc/postfix
maillog_file = {root}/log
maillog_file_prefixes = {root}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example
mydestination =
mynetworks =
local_recipient_maps =
local_transport = error:no local delivery
alias_maps =
alias_database =
smtputf8_enable = yes
smtpd_discard_ehlo_keywords = smtputf8
smtputf8_autodetect_classes = verify
recipient_delimiter = +
virtual_mailbox_domains = corp.test, other.test
virtual_mailbox_maps = static:ok
virtual_transport = discard:
default_transport = discard:
relay_transport = discard:
message_size_limit = 104857600
mailbox_size_limit = 0
virtual_mailbox_limit = 0
smtpd_sasl_type = dovecot
smtpd_sasl_path = {root}/sasl
smtpd_milters = {milters}
milter_default_action = tempfail
milter_protocol = 6
milter_connect_macros =
milter_helo_macros =
milter_mail_macros = {{mail_addr}}
milter_rcpt_macros =
milter_data_macros =
milter_end_of_header_macros =
milter_end_of_data_macros =
"""

_MASTER = """
127.0.0.1:{mx} inet n - n - - smtpd -o milter_macro_defaults={{listener}}=mx
127.0.0.1:{inside} inet n - n - - smtpd -o milter_macro_defaults={{listener}}=inside
  -o mynetworks=127.0.0.0/8 -o smtpd_relay_restrictions=permit_mynetworks,reject
127.0.0.1:{webmail} inet n - n - - smtpd -o milter_macro_defaults={{listener}}=webmail
  -o smtpd_authorized_xclient_hosts=127.0.0.1 -o smtpd_sasl_auth_enable=yes -o smtpd_tls_auth_only=no
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _Sasl(socketserver.StreamRequestHandler):
    """Dovecot's greeting on its auth socket: smtpd wants one mechanism before it takes XCLIENT LOGIN."""

    def handle(self) -> None:
        self.wfile.write(b"VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t" + b"0" * 32 + b"\nDONE\n")
        self.rfile.read()


class _SaslServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


class Postfix:
    def __init__(self, gate_socket: Path | None) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="gate-postfix-"))
        self.root.chmod(0o755)
        self.ports = {name: free_port() for name in ("mx", "inside", "webmail")}
        for name in ("etc", "spool", "data"):
            (self.root / name).mkdir()
        shutil.chown(self.root / "data", "postfix")
        milters = f"unix:{gate_socket}" if gate_socket else ""
        (self.root / "etc" / "main.cf").write_text(_MAIN.format(root=self.root, milters=milters))
        (self.root / "etc" / "master.cf").write_text(_MASTER.format(**self.ports))
        self._sasl = _SaslServer(str(self.root / "sasl"), _Sasl)
        (self.root / "sasl").chmod(0o666)
        threading.Thread(target=self._sasl.serve_forever, daemon=True).start()
        subprocess.run(["postfix", "-c", self.root / "etc", "check"], check=True)
        self.master = subprocess.Popen(["/usr/lib/postfix/sbin/master", "-c", self.root / "etc", "-s"])
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 10
        for port in self.ports.values():
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except OSError:
                    assert time.monotonic() < deadline and self.master.poll() is None, self.log
                    time.sleep(0.02)

    @property
    def log(self) -> str:
        return (self.root / "log").read_text(errors="replace") if (self.root / "log").exists() else ""

    def stop(self) -> None:
        self.master.terminate()
        self.master.wait(10)
        self._sasl.shutdown()
        self._sasl.server_close()
        shutil.rmtree(self.root)
