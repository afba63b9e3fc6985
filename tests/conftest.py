"""What every test shares: a bare instance directory, and the one cast (house rule 7).

The database is the instance's: SQLite in memory unless HONGYAN_DIR names an instance with another one
(`tests/postgresql.py` does). Tests that touch it say so with `@pytest.mark.django_db` or a fixture of the cast.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.instance import make_instance

_WRONG = re.compile(r"panic|fatal|error|warning|kicked|killed|traceback", re.IGNORECASE)

if "HONGYAN_DIR" not in os.environ:
    os.environ["HONGYAN_DIR"] = str(make_instance(Path(tempfile.mkdtemp(prefix="hongyan-test-"))).root)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "clause(*ids): proves these clauses of the requirements")
    config.addinivalue_line("markers", "system: drives the real engines of the shared instance")


from tests.branches import Branches, make_branches  # noqa: E402 - needs the settings' instance
from tests.cast import Cast, make_cast  # noqa: E402


@pytest.fixture
def cast(db: None) -> Cast:
    """Alice, Bob, Carol, Dave of corp.test and Charlie of other.test, made through the actions."""
    return make_cast()


@pytest.fixture
def branches(cast: Cast) -> Branches:
    """The cast with two branches, their administrators and a security officer."""
    return make_branches(cast)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure on a running instance comes with what its engines complained of."""
    report = yield
    if report.failed and isinstance(item, pytest.Function):
        roots = {getattr(value, "root", None) for value in item.funcargs.values()}
        for root in sorted(root for root in roots if isinstance(root, Path)):
            report.sections.append((f"complaints below {root}/log", "\n".join(_complaints(root / "log"))))
    return report


def _complaints(logs: Path, last: int = 30) -> list[str]:
    """The newest lines of each engine's log that tell of something wrong."""
    return [
        f"{log.name}: {line[:400]}"
        for log in sorted(logs.glob("*.log"))
        for line in [each for each in log.read_text(errors="replace").splitlines() if _WRONG.search(each)][-last:]
    ]
