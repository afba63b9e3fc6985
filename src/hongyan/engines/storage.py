"""How much disk the mail takes, by domain, once a day: `du` beside everything else, its outcome in a small file.

Never: waits for its process; looks into a message.
Always: what is in `state/storage.json` was measured whole.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hongyan.engines.desk.answers import share
from hongyan.kernel.instance import Instance

DAY_SECONDS = 86_400


@dataclass(slots=True)
class Measuring:
    instance: Instance
    process: subprocess.Popen[str] | None = None

    def turn(self, now: float) -> None:
        """`now` in seconds since the epoch: measures when the last measure is of another day (UTC) or not there."""
        if self.process is None:
            if _day(now) != _day(self._last()):
                self.process = subprocess.Popen(
                    ["/usr/bin/nice", "-n", "15", "/usr/bin/du", "-B1", "--max-depth=1", str(self.instance.mail)],
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                )  # fmt: skip
        elif self.process.poll() is not None:
            # One line for each domain: they fit into the pipe. A folder that vanishes while it is read is no failure.
            said, _ = self.process.communicate()
            self.process = None
            self._write(parse(said, str(self.instance.mail)), now)

    def _last(self) -> float:
        try:
            return (self.instance.state / "storage.json").stat().st_mtime
        except OSError:
            return 0.0

    def _write(self, domains: dict[str, int], now: float) -> None:
        disk = shutil.disk_usage(self.instance.root)
        document: dict[str, Any] = {
            "at": datetime.fromtimestamp(now, UTC).isoformat(),
            "domains": domains, "disk_total": disk.total, "disk_free": disk.free,
        }  # fmt: skip
        aside = self.instance.state / "storage.new"
        aside.write_text(json.dumps(document), "utf-8")
        share(aside, 0o640)
        os.replace(aside, self.instance.state / "storage.json")
        os.utime(self.instance.state / "storage.json", (now, now))


def parse(said: str, root: str) -> dict[str, int]:
    """domain -> bytes, from `du`'s lines of `SIZE TAB PATH`."""
    found = {}
    for line in said.splitlines():
        size, _, path = line.partition("\t")
        if size.isdigit() and path.startswith(root + "/"):
            found[path.removeprefix(root + "/")] = int(size)
    return found


def _day(moment: float) -> int:
    return int(moment // DAY_SECONDS)
