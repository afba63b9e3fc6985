"""`python -m hongyan.jobs task NUMBER`: works on one task and ends. Started by the worker (`tasks.py`)."""

from __future__ import annotations

import logging
import os
import sys

from hongyan.company.tasks.actions import run_now
from hongyan.company.tasks.models import Task
from hongyan.kernel.instance import Instance


def main(instance: Instance) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    os.nice(5)  # mail comes first
    task = Task.objects.get(pk=int(sys.argv[2]))
    run_now(task)
