"""The worker's hand for tasks: one process at a time, started for the oldest task that waits.

A process of its own, so that notices and journals go on meanwhile, its memory is given back at its end, and it can be
killed without harm. It holds a lock on the task's file; a task that is `running` without a holder was interrupted.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

from hongyan.company.tasks import progress
from hongyan.company.tasks.actions import interrupted
from hongyan.company.tasks.models import Task


@dataclass(slots=True)
class Hand:
    process: subprocess.Popen[bytes] | None = None

    def turn(self) -> bool:
        """Start or look after the one process; whether there is work under way."""
        if self.process is not None and self.process.poll() is None:
            return False  # it works by itself: nothing to hurry for here
        self.process = None
        for task in Task.objects.filter(state="running").order_by("id"):
            if not progress.held(task.pk):
                interrupted(task)
        waiting = Task.objects.filter(state="waiting").order_by("id").values_list("pk", flat=True).first()
        if waiting is None:
            return False
        self.process = subprocess.Popen([sys.executable, "-m", "hongyan.jobs", "task", str(waiting)])
        return True

    def end(self) -> None:
        """The worker ends: the task is interrupted and begins again with the next worker."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)
