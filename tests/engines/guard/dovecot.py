"""A small real Dovecot, one account, that asks the guard; SASL for SMTP by its auth socket."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.engines.gate.postfix import free_port

_COMMON = """
base_dir = {root}/run
state_dir = {root}/state
instance_name = guard-test-{imap}
log_path = {root}/log
listen = 127.0.0.1
protocols = imap
ssl = no
first_valid_uid = 1
login_trusted_networks = 127.0.0.1
auth_policy_server_url = http://127.0.0.1:{guard}/auth
auth_policy_server_api_header = X-API-Key: {key}
auth_policy_hash_nonce = nonce
auth_policy_hash_truncate = 0
auth_policy_check_after_auth = no
auth_failure_delay = 0
imap_id_retain = yes
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener auth-sasl {{
    mode = 0666
  }}
}}
"""
_FOR_23 = """
disable_plaintext_auth = no
auth_policy_server_timeout_msecs = 500
auth_policy_request_attributes = login=%{{requested_username}} pwhash=%{{hashed_password}} remote=%{{rip}} device_id=%{{client_id}} protocol=%s session=%{{session}} master=%{{master_user}}
mail_location = sdbox:{root}/mail
passdb {{
  driver = passwd-file
  args = {root}/users
}}
userdb {{
  driver = passwd-file
  args = {root}/users
}}
"""
_FOR_24 = """
auth_allow_cleartext = yes
auth_policy {{
  http_client_request_absolute_timeout = 500 ms
}}
auth_policy_request_attributes {{
  session = %{{session}}
  master = %{{master_user}}
}}
mail_driver = sdbox
mail_path = {root}/mail
passdb users {{
  driver = passwd-file
  passwd_file_path = {root}/users
}}
userdb passwd-file {{
  passwd_file_path = {root}/users
}}
"""


class Dovecot:
    def __init__(self, guard_port: int, key: str, logins: list[str]) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="guard-dovecot-"))
        self.root.chmod(0o755)
        self.imap = free_port()
        users = "".join(f"{login}:{{PLAIN}}right:65534:65534::{self.root}/home::\n" for login in logins)
        (self.root / "users").write_text(users)
        (self.root / "home").mkdir(mode=0o777)
        (self.root / "mail").mkdir(mode=0o777)
        shutil.chown(self.root / "home", 65534)
        shutil.chown(self.root / "mail", 65534)
        version = subprocess.run(["dovecot", "--version"], capture_output=True, text=True, check=True).stdout
        if version.startswith("2.3"):
            text = _COMMON + _FOR_23
        else:
            text = "dovecot_config_version = 2.4.1\ndovecot_storage_version = 2.4.1\n" + _COMMON + _FOR_24
        conf = self.root / "dovecot.conf"
        conf.write_text(text.format(root=self.root, imap=self.imap, guard=guard_port, key=key))
        self.process = subprocess.Popen(["dovecot", "-F", "-c", conf])
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.imap)).close()
                return
            except OSError:
                assert self.process.poll() is None and time.monotonic() < deadline, self.log
                time.sleep(0.02)

    @property
    def log(self) -> str:
        return (self.root / "log").read_text() if (self.root / "log").exists() else ""

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(15)
        shutil.rmtree(self.root)
