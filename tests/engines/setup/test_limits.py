"""Limits are raised where they are too low, and left alone where they cannot or need not be."""

from __future__ import annotations

from pathlib import Path

import pytest

from hongyan.engines.setup import limits


@pytest.mark.parametrize(("before", "after"), [("128\n", 1000), ("1000\n", 1000), ("5000\n", 5000)])
def test_a_limit_is_only_ever_raised(tmp_path: Path, before: str, after: int) -> None:
    path = tmp_path / "max_user_instances"
    path.write_text(before, "ascii")
    limits.ensure({path: 1000})
    assert int(path.read_text("ascii")) == after


def test_a_kernel_without_the_limit_is_no_obstacle(tmp_path: Path) -> None:
    limits.ensure({tmp_path / "absent" / "limit": 1000})
    assert list(tmp_path.iterdir()) == []


def test_thousands_of_sessions_of_one_user_find_an_instance_each() -> None:
    assert min(limits.LEAST.values()) > 5000
