"""`unshare --net python -m tests.browser.thunderbird DIR`: Debian's Thunderbird looks for the settings of an address.

Owns: a network namespace in which every name is this machine, our web on port 443, a Thunderbird without a screen that is
told over Marionette to do what its account assistant does. Prints the configuration that Thunderbird has made of it.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PREFS = {
    "network.dns.forceResolve": "127.0.0.1",
    "network.manage-offline-status": False,
    "network.proxy.type": 0,
    "marionette.port": 2828,
    "app.update.enabled": False,
    "mail.rights.version": 1,
    "datareporting.policy.dataSubmissionEnabled": False,
}
#: What its account assistant calls with the typed address (FindConfig.sys.mjs, FetchConfig.sys.mjs).
LOOK = """
const [address, done] = arguments;
const { FetchConfig } = ChromeUtils.importESModule("resource:///modules/accountcreation/FetchConfig.sys.mjs");
const { AccountConfig } = ChromeUtils.importESModule("resource:///modules/accountcreation/AccountConfig.sys.mjs");
const domain = address.split("@")[1];
FetchConfig.fromISP(domain, address, new AbortController().signal).then((config) => {
  AccountConfig.replaceVariables(config, "林愛麗", address, "");
  const show = (s) => [s.type, s.hostname, s.port, s.socketType, s.auth, s.username];
  done({ name: config.displayName, source: config.subSource, incoming: show(config.incoming),
         others: config.incomingAlternatives.map(show), outgoing: show(config.outgoing) });
}, (error) => done({ error: (error.errors ?? [error]).map(String).join("; ") }));
"""


class Marionette:
    """Messages are `LENGTH:[0, id, command, parameters]`, answered `LENGTH:[1, id, error, result]`."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=40)
        self._number = 0
        self._read()

    def call(self, command: str, **parameters: object) -> Any:
        self._number += 1
        text = json.dumps([0, self._number, command, parameters])
        self._socket.sendall(f"{len(text.encode())}:{text}".encode())
        _, _, error, result = self._read()
        if error:
            raise RuntimeError(f"{command}: {error.get('message')}")
        return result

    def _read(self) -> Any:
        size = b""
        while not size.endswith(b":"):
            size += self._socket.recv(1)
        left, body = int(size[:-1]), b""
        while left > len(body):
            body += self._socket.recv(left - len(body))
        return json.loads(body)


def wait_for(port: int, process: subprocess.Popen[bytes], seconds: float = 40) -> None:
    until = time.monotonic() + seconds
    while socket.socket().connect_ex(("127.0.0.1", port)):
        assert process.poll() is None and time.monotonic() < until, f"nothing on port {port}"
        time.sleep(0.1)


def main(folder: Path) -> dict[str, Any]:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    site, profile = folder / "site", folder / "profile"
    for directory in (site, profile):
        directory.mkdir()
    environment = os.environ | {"HONGYAN_DIR": str(site), "HOME": str(folder)}
    seed = [sys.executable, "-P", "-m", "tests.browser.seed", str(site), "443"]
    subprocess.run(seed, env=environment, check=True, stdout=subprocess.DEVNULL)
    (profile / "user.js").write_text(
        "".join(f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in PREFS.items())
    )
    command = ["/usr/bin/thunderbird", "--headless", "--no-remote", "--marionette", "--remote-allow-system-access",
               "--profile", str(profile)]  # fmt: skip
    with (folder / "log").open("wb") as log:
        web = subprocess.Popen(
            [sys.executable, "-P", "-m", "hongyan.faces.web"], env=environment, stdout=log, stderr=log
        )
        thunderbird = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            wait_for(443, web)
            wait_for(2828, thunderbird)
            return look()
        finally:
            for process in (thunderbird, web):
                process.terminate()
                process.wait(20)


def look() -> dict[str, Any]:
    client = Marionette(2828)
    client.call("WebDriver:NewSession", acceptInsecureCerts=True)
    client.call("Marionette:SetContext", value="chrome")
    client.call("WebDriver:SetTimeouts", script=30000)
    addresses = ("alice@corp.test", "ghost@corp.test", "alice@nowhere.test")
    return {a: client.call("WebDriver:ExecuteAsyncScript", script=LOOK, args=[a])["value"] for a in addresses}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1])), ensure_ascii=False))
