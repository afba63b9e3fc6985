"""Who belongs to a side, and what that cost."""

from __future__ import annotations

import os
import subprocess

from bench.procs import Proc, Watch, below, parse_stat, python_label, total

STAT = "71 (a) (b c) S 7 71 71 0 -1 4194560 9 0 0 0 150 50 20 10 20 0 1 0 4746 16023552 3042"


def test_names_with_blanks_and_parentheses_are_read() -> None:
    assert parse_stat(STAT) == Proc(71, 7, "a) (b c", 2.0, 0.3)


def test_a_side_is_everything_below_its_roots() -> None:
    procs = {pid: Proc(pid, parent, "p", 0, 0) for pid, parent in ((1, 0), (2, 1), (3, 2), (4, 1), (5, 3))}
    assert set(below([2], procs)) == {2, 3, 5}
    assert below([9], procs) == {}


def test_services_in_python_are_told_by_their_module() -> None:
    assert python_label(["python", "-P", "-m", "hongyan.engines.gate"]) == "hongyan.engines.gate"
    assert python_label(["/usr/bin/python3", "/x/bin/tool", "-v"]) == "tool"


def test_time_of_a_process_that_ended_is_not_lost() -> None:
    """It is waited for by its parent, so the tree's total keeps it."""
    watch = Watch([os.getpid()])
    burn = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    subprocess.run(["/usr/bin/python3", "-c", burn], check=True)
    watch.look()
    assert watch.seconds() >= 0.28
    assert abs(sum(watch.by_class().values()) - watch.seconds()) < 0.05


def test_total_counts_children_that_were_waited_for() -> None:
    assert total({1: Proc(1, 0, "p", 1.0, 0.5)}) == 1.5
