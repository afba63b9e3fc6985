"""The arithmetic of the benchmarks: what is printed must be what was measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.table import keep, percentile, ratios, spread, table


def test_ratio_is_taken_within_each_pair() -> None:
    """The machine slowed down by half after the first pair; the ratio must not see that."""
    found = ratios([110.0, 55.0, 60.0], [100.0, 50.0, 50.0])
    assert (found.median, found.low, found.high) == pytest.approx((1.1, 1.1, 1.2))


def test_pairs_must_be_whole() -> None:
    with pytest.raises(ValueError):
        ratios([1.0, 2.0], [1.0])


def test_nothing_measured_is_an_error() -> None:
    with pytest.raises(ValueError):
        spread([])


@pytest.mark.parametrize(("share", "expected"), [(0.5, 10), (0.95, 19), (1.0, 20), (0.0, 1)])
def test_percentile_is_the_nearest_rank(share: float, expected: float) -> None:
    assert percentile([float(n) for n in range(20, 0, -1)], share) == expected


def test_wide_letters_take_two_columns() -> None:
    lines = table(["甲", "x"], [["ab", 1]]).splitlines()
    assert lines[0] == "甲  x" and lines[2] == "ab  1"


def test_result_is_kept_whole(tmp_path: Path) -> None:
    path = keep("flow", {"parts": {}}, about={"cpus": 2}, directory=tmp_path)
    assert json.loads(path.read_text("utf-8"))["machine"] == {"cpus": 2}
    assert [p.name for p in tmp_path.iterdir()] == ["flow.json"]
