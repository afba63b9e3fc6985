from __future__ import annotations

from pathlib import Path

from hongyan.engines import logs
from hongyan.kernel.instance import Instance
from tests.instance import make_instance


def made(tmp_path: Path, text: str) -> Instance:
    instance = make_instance(tmp_path / "i")
    instance.log.mkdir()
    (instance.log / "postfix.log").write_text(text)
    return instance


def test_the_last_lines_that_fit_in_their_order(tmp_path: Path) -> None:
    instance = made(tmp_path, "".join(f"line {n} {'odd' if n % 2 else 'even'}\n" for n in range(20_000)))
    tail = logs.tail(instance, "postfix", count=3, text="ODD")
    assert tail is not None and tail.lines == ("line 19995 odd", "line 19997 odd", "line 19999 odd") and not tail.whole
    first = logs.tail(instance, "postfix", text="line 0 ")
    assert first is not None and first.lines == ("line 0 even",) and first.whole


def test_only_a_log_of_the_instance_is_read(tmp_path: Path) -> None:
    instance = made(tmp_path, "x\n")
    (instance.root / "secret.log").write_text("secret")
    assert [log.name for log in logs.list_logs(instance)] == ["postfix"]
    for name in ("../secret", "/etc/passwd", "postfix.log", ""):
        assert logs.tail(instance, name) is None
    assert logs.tail(made(tmp_path / "b", ""), "postfix") == logs.Tail((), whole=True)
