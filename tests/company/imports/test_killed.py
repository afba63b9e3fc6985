"""A worker's process that is killed in the middle of applying: nothing of it is there, and it begins again by itself."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.instance import make_instance

ROOT = Path(__file__).parents[3]
PREPARE = """
import json, django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests.cast import make_cast
from tests.company.imports.sheets import many, staff
from hongyan.company.imports import actions, tasks
from hongyan.company.tasks.progress import Progress
cast = make_cast()
carol = cast.actor(cast.carol)
batch = actions.upload_file(actor=carol, company=cast.corp, kind="persons", data=staff(*many(600)), file_name="a.xlsx")
actions.set_columns(actor=carol, batch=batch, columns=batch.columns)
actions.check_import(actor=carol, batch=batch, progress=Progress())
print(json.dumps(tasks.begin(actor=carol, batch=batch, what="apply").pk))
"""
LOOK = "import django; django.setup(); from hongyan.jobs.tasks import Hand; h = Hand(); h.turn(); h.process.wait(60)"


def environment(root: Path) -> dict[str, str]:
    paths = f"{ROOT / 'src'}:{ROOT}"
    return os.environ | {
        "HONGYAN_DIR": str(root),
        "DJANGO_SETTINGS_MODULE": "hongyan.faces.settings",
        "PYTHONPATH": paths,
    }


def run(root: Path, script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-c", script], env=environment(root), cwd=ROOT, stdout=subprocess.PIPE, text=True,
        timeout=120, check=True,
    )  # fmt: skip
    return done.stdout


@pytest.mark.clause("R3")
def test_a_killed_import_leaves_nothing_and_begins_again(tmp_path: Path) -> None:
    root = make_instance(tmp_path / "var").root
    task = json.loads(run(root, PREPARE))

    def count(query: str) -> int:
        with closing(sqlite3.connect(root / "db/hongyan.sqlite3")) as database:
            return int(database.execute(query).fetchone()[0])

    before = count("select count(*) from people_person"), count("select count(*) from kernel_event")
    working = subprocess.Popen(
        [sys.executable, "-P", "-m", "hongyan.jobs", "task", str(task)], env=environment(root), cwd=ROOT
    )
    standing, until = root / f"state/tasks/{task}.json", time.monotonic() + 60
    while not (standing.exists() and "mailboxes" in standing.read_text("utf-8")):
        assert working.poll() is None and time.monotonic() < until
        time.sleep(0.002)
    working.kill()
    working.wait(10)
    assert before == (count("select count(*) from people_person"), count("select count(*) from kernel_event"))
    assert count("select count(*) from imports_import where state = 'checked'") == 1

    run(root, LOOK)
    assert count("select count(*) from tasks_task where state = 'done' and attempts = 1") == 1
    assert count("select count(*) from mailboxes_mailbox where address like 'n00%'") == 600
    assert (
        count("select count(*) from kernel_outbox where kind = 'release' and payload like '%n000001@corp.test%'") == 1
    )
