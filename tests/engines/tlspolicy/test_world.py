"""MTA-STS and DANE when sending, by Debian's own resolver and Postfix's own client, in a network of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NEEDED = ("/usr/bin/mta-sts-daemon", "/usr/sbin/posttls-finger", "/usr/bin/unshare")


def may_unshare() -> bool:
    if os.geteuid() != 0 or not all(Path(path).exists() for path in NEEDED):
        return False
    return subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not may_unshare(), reason="needs root, the packages and namespaces")
def test_policies_are_honoured(tmp_path: Path) -> None:
    command = [
        "unshare",
        "--net",
        "--mount",
        sys.executable,
        "-P",
        "-m",
        "tests.engines.tlspolicy.world",
        str(tmp_path),
    ]
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "sts far.test": "secure match=mx.far.test servername=hostname",
        "sts try.test": "none",  # its web shows a certificate for another name: no policy (RFC 8461 3.3)
        "sts gone.test": "none",  # announced, but there is no such web
        "sts none.test": "none",
        "policy far.test": "secure match=mx.far.test servername=hostname",
        "policy far.test with DANE": "none",
        "finger no TLSA": "Untrusted",  # as without DANE: encrypted with whoever answers
        "finger right TLSA": "Verified",
        "finger wrong TLSA": "no match",
    }
