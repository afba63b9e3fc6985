from __future__ import annotations

from pathlib import Path

import pytest

from hongyan.engines.gate.rules import View
from tests.engines.gate import world


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return world.publish(tmp_path / "gate.cdb")


@pytest.fixture
def view(table: Path) -> View:
    return world.view(table)
