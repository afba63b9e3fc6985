"""`python -m hongyan.jobs papers`: prints the kept papers that wait, and ends. Started by the worker through `Press`.

Always: a paper that cannot be printed is tried again later, and stays visible as a failed order when that is given up.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from dataclasses import dataclass

from hongyan.company.papers.actions import print_paper
from hongyan.company.papers.models import Paper
from hongyan.company.papers.printing import NotPrinted
from hongyan.kernel import outbox
from hongyan.kernel.instance import Instance

log = logging.getLogger(__name__)
AT_ONCE = 20


@dataclass(slots=True)
class Press:
    """One process at a time, which is gone when nothing is to be printed."""

    process: subprocess.Popen[bytes] | None = None

    def turn(self) -> bool:
        if self.process is not None and self.process.poll() is None:
            return False
        self.process = None
        if not outbox.pending([outbox.PAPER], limit=1):
            return False
        self.process = subprocess.Popen([sys.executable, "-m", "hongyan.jobs", "papers"])
        return True

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)


def print_waiting() -> int:
    """How many were printed."""
    done = 0
    for entry in outbox.pending([outbox.PAPER], limit=AT_ONCE):
        paper = Paper.objects.select_related("company").filter(pk=entry.payload["paper"]).first()
        try:
            if paper is not None:
                print_paper(paper)
        except NotPrinted as problem:
            log.warning("paper %s: %s", paper, problem)
            outbox.failed([entry], str(problem))
        else:
            outbox.settle([entry])
            done += 1
    return done


def main(instance: Instance) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    os.nice(5)  # mail comes first
    print_waiting()
