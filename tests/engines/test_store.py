"""The usage query without a store to ask; with one it is in tests/system/test_web.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hongyan.engines import store
from hongyan.kernel.instance import Instance
from tests.instance import make_instance


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    store._known.clear()
    yield
    store._known.clear()


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return make_instance(tmp_path)


def test_a_store_that_does_not_answer_is_unknown_not_empty(instance: Instance) -> None:
    assert store.quota_used(instance, "alice@corp.test") is None


@pytest.mark.parametrize(("answers", "kept"), [((5, 7), 5), ((0, 7), 0), ((None, 7), None)])
def test_an_answer_is_kept_for_a_while(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, answers: tuple[int | None, int], kept: int | None
) -> None:
    left = list(answers)
    monkeypatch.setattr(store, "_ask", lambda instance, address: left.pop(0))
    now = [1000.0]
    monkeypatch.setattr("hongyan.engines.store.time.monotonic", lambda: now[0])
    assert store.quota_used(instance, "a@corp.test") == store.quota_used(instance, "a@corp.test") == kept
    now[0] += store.KEEP_FAILURE + 0.1 if kept is None else store.KEEP + 0.1
    assert store.quota_used(instance, "a@corp.test") == 7
