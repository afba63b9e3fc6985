"""`python -m hongyan.engines.supervise.remains SERVICE ROOT`: ends what a killed life of that service left behind.

An engine's main process that is killed leaves children that hold its ports, locks and sockets: the next one could not
start, or half of the work would be done by a former configuration. Run before each start, when none of the service's
processes should be there.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from hongyan.engines.supervise import processes

#: Where the programs of each engine lie, whatever they call themselves.
PROGRAMS: Final = {
    "rspamd": ("/usr/bin/rspamd",),
    "dovecot": ("/usr/sbin/dovecot", "/usr/lib/dovecot/", "/usr/libexec/dovecot/"),
    "postfix": ("/usr/lib/postfix/sbin/",),
}
PATIENCE: Final = 1.0


def belongs(process: processes.Process, programs: tuple[str, ...]) -> bool:
    with suppress(OSError):
        return os.readlink(f"/proc/{process.pid}/exe").startswith(programs)
    return False


def main(service: str, root: Path) -> None:
    programs = PROGRAMS[service]
    ended = processes.end_all(root, patience=PATIENCE, among=lambda process: belongs(process, programs))
    if ended:
        print(f"{service}: ended {len(ended)} processes of a former life", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
