from __future__ import annotations

from pathlib import Path

from hongyan.engines.setup import kernel


def test_a_low_bound_is_raised_and_a_high_one_is_left(tmp_path: Path) -> None:
    bound = tmp_path / "max"
    for before, after in (("128\n", "16384\n"), ("65536\n", "65536\n"), ("odd\n", "odd\n")):
        bound.write_text(before)
        kernel.raise_bounds(bound)
        assert bound.read_text() == after


def test_where_it_may_not_be_changed_set_up_goes_on(tmp_path: Path) -> None:
    kernel.raise_bounds(tmp_path / "absent")
