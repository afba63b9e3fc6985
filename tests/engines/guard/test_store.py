from __future__ import annotations

from pathlib import Path

from hongyan.engines.guard.store import Store, Told


def test_keeps_what_is_recent_and_drops_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "guard" / "told.jsonl"
    store = Store(path)
    for second in range(100):
        store.add(Told("failed", float(second), "a@corp.test", "net", "hash"), since=0.0)
    again = Store(path)
    assert [told.at for told in again.load(since=90.0)] == [float(s) for s in range(90, 100)]
    assert len(path.read_bytes().splitlines()) == 10
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_flood_is_compacted(tmp_path: Path) -> None:
    store = Store(tmp_path / "told.jsonl")
    for second in range(20_000):
        store.add(Told("failed", float(second), "a@corp.test", "net", "h" * 64), since=second - 100.0)
    assert (tmp_path / "told.jsonl").stat().st_size < 2 << 20
    assert [told.at for told in Store(tmp_path / "told.jsonl").load(since=19_990.0)][-1] == 19_999.0
