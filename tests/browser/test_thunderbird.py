"""Debian's Thunderbird, where it is installed, finds the settings that we serve."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TLS, STARTTLS, PASSWORD = 3, 2, 3  #: nsMsgSocketType, nsMsgAuthMethod


def may_run() -> bool:
    if os.geteuid() != 0 or not Path("/usr/bin/thunderbird").exists():
        return False
    return subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not may_run(), reason="needs Thunderbird, root and namespaces")
def test_thunderbirds_assistant_finds_the_account(tmp_path: Path) -> None:
    command = ["unshare", "--net", sys.executable, "-P", "-m", "tests.browser.thunderbird", str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    address = "alice@corp.test"
    assert said[address] == {
        "name": "北辰集團",
        "source": "xml-from-isp-https",
        "incoming": ["imap", "localhost", 10993, TLS, PASSWORD, address],
        "others": [
            ["imap", "localhost", 10143, STARTTLS, PASSWORD, address],
            ["pop3", "localhost", 10995, TLS, PASSWORD, address],
        ],
        "outgoing": ["smtp", "localhost", 10465, TLS, PASSWORD, address],
    }
    ghost = json.dumps(said["ghost@corp.test"]).replace("ghost@", "alice@")
    assert json.loads(ghost) == said[address]  # whether there is such a mailbox is not told
    assert "error" in said["alice@nowhere.test"]
