"""An instance appears whole or not at all, and only where its services can work."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hongyan.engines.setup import certificates, making, ports, users
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import DEMO_PORTS, STANDARD_PORTS

NOW = datetime.now(UTC)
OFFLINE = making.Wishes(ports="auto", hostname="Mail.Corp.Test.", offline=True)


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(ports, "_CLAIMS", tmp_path / "claims")
    monkeypatch.setattr(users, "group_of", lambda name: os.getgid())
    directory = tmp_path / "parent"
    directory.mkdir()
    return directory


def refusal(act: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as raised:
        act()
    return raised.value


def test_a_new_instance_has_settings_keys_and_certificates(parent: Path) -> None:
    instance = making.make(parent / "var", OFFLINE, debian=12, now=NOW)
    assert (instance.root, instance.hostname, instance.listen) == (parent / "var", "mail.corp.test", "127.0.0.1")
    assert (instance.debian, instance.outside) == (12, False)
    assert instance.server_pem.exists()
    for name in ("django.key", "webmaster.pass", "guard.key"):
        assert len(instance.secret(name)) >= 40
        assert stat.S_IMODE((instance.secrets / name).stat().st_mode) == 0o640
    assert sorted(path.name for path in parent.iterdir()) == ["var"]


def test_no_two_instances_share_a_secret_or_a_name(parent: Path) -> None:
    a, b = (making.make(parent / name, OFFLINE, debian=12, now=NOW) for name in ("a", "b"))
    assert a.name != b.name
    assert all(a.secret(name) != b.secret(name) for name in ("django.key", "webmaster.pass", "guard.key"))


def test_a_failure_in_the_middle_leaves_nothing(parent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(certificates, "ensure", fail)
    with pytest.raises(OSError, match="No space left"):
        making.make(parent / "var", OFFLINE, debian=12, now=NOW)
    assert list(parent.iterdir()) == []


def test_what_a_killed_attempt_left_is_removed(parent: Path) -> None:
    (parent / ".var.making-1").mkdir()
    making.make(parent / "var", OFFLINE, debian=12, now=NOW)
    assert [path.name for path in parent.iterdir()] == ["var"]


def test_results_of_benches_survive(parent: Path) -> None:
    (parent / "var" / "bench").mkdir(parents=True)
    (parent / "var" / "bench" / "flow.json").write_text("{}")
    making.make(parent / "var", OFFLINE, debian=12, now=NOW)
    assert (parent / "var" / "bench" / "flow.json").read_text() == "{}"


def test_settings_are_read_back_as_written() -> None:
    settings: dict[str, str | int | bool] = {"name": 'odd "名" \\ \n', "debian": 13, "outside": True}
    read = tomllib.loads(making.settings_text(settings, {"imap": 143}))
    assert read == {**settings, "ports": {"imap": 143}}


def test_standard_ports_listen_everywhere_and_others_on_loopback() -> None:
    assert making._listen_address(making.Wishes(ports="standard")) == "0.0.0.0"
    assert making._listen_address(making.Wishes()) == "127.0.0.1"
    assert refusal(lambda: making._listen_address(making.Wishes(listen="localhost"))).code == "setup.listen"


def test_a_resolver_is_an_address_with_or_without_a_port() -> None:
    for good in ("", "127.0.0.1", "127.0.0.1:5353"):
        assert making._resolver(good) == good
    for bad in ("localhost", "::1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:x", "127.0.0.1:70000", '1.1.1.1";'):
        assert refusal(lambda text=bad: making._resolver(text)).code == "setup.resolver", bad  # type: ignore[misc]


@pytest.mark.parametrize("hostname", ["-a.test", "a..test", "鴻雁.test", "a b.test", "a" * 64 + ".test", "a_b.test"])
def test_a_malformed_host_name_is_refused(hostname: str) -> None:
    assert refusal(lambda: making._hostname(hostname)).code == "setup.hostname"


class TestPlace:
    @pytest.fixture(autouse=True)
    def opened(self, tmp_path: Path) -> None:
        for directory in (tmp_path, *tmp_path.parents):
            if directory != Path("/tmp") and directory.is_relative_to("/tmp"):
                directory.chmod(0o755)

    def test_a_closed_directory_is_named_with_its_mode(self, tmp_path: Path) -> None:
        (tmp_path / "closed").mkdir(mode=0o700)
        refused = refusal(lambda: making.check_place(tmp_path / "closed" / "var"))
        assert refused.decision.params == {"directory": str(tmp_path / "closed"), "mode": "0700"}

    def test_somebody_elses_directory_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.txt").write_text("dear")
        assert refusal(lambda: making.check_place(tmp_path)).code == "setup.foreign_directory"
        assert refusal(lambda: making.check_place(tmp_path / "thesis.txt")).code == "setup.foreign_directory"

    def test_a_path_that_no_socket_name_could_hold_is_refused(self) -> None:
        assert refusal(lambda: making.check_place(Path("/tmp/" + "a" * 80))).code == "setup.long_directory"

    @pytest.mark.parametrize("name", ["a b", "a%b", "a;b", "a$b", "a{b", 'a"b', "a\nb", "a#b"])
    def test_characters_with_a_meaning_in_configurations_are_refused(self, name: str) -> None:
        assert refusal(lambda: making.check_place(Path("/tmp") / name)).code == "setup.odd_directory"

    def test_a_full_disk_is_refused_with_figures(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        making.check_disk(tmp_path / "not" / "there" / "yet")
        monkeypatch.setattr(making, "NEEDED_MB", 1 << 40)
        params = refusal(lambda: making.check_disk(tmp_path / "var")).decision.params
        assert (params["directory"], params["needed"]) == (str(tmp_path), 1 << 40)
        assert 0 < params["free"] < 1 << 40


class TestAnotherUp:
    def test_the_same_wishes_are_fine(self, parent: Path) -> None:
        instance = making.make(parent / "var", OFFLINE, debian=12, now=NOW)
        making.require_same(instance, OFFLINE)
        making.require_same(instance, making.Wishes())

    def test_other_wishes_are_refused_by_name(self, parent: Path) -> None:
        instance = making.make(parent / "var", OFFLINE, debian=12, now=NOW)
        wishes = making.Wishes(ports="standard", hostname="mx.corp.test", listen="127.0.0.2")
        refused = refusal(lambda: making.require_same(instance, wishes))
        assert refused.decision.params["options"] == ["--hostname", "--listen", "--ports"]

    def test_fixed_sets_do_not_overlap(self) -> None:
        """A first look beside a mail server that holds the standard ports."""
        public = set(STANDARD_PORTS.values()) & {25, 465, 587, 143, 993, 110, 995, 4190, 443}
        assert not public & set(DEMO_PORTS.values())


@pytest.mark.parametrize(
    ("mounts", "found"),
    [
        ("tmpfs /run tmpfs rw 0 0\ntmpfs /dev/shm tmpfs rw 0 0\n", "/run"),
        ("/dev/vda / ext4 rw 0 0\ntmpfs /dev/shm tmpfs rw 0 0\n", "/dev/shm"),
        ("/dev/vda / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n", ""),
    ],
)
def test_lock_files_lie_in_memory_where_there_is_such_a_place(mounts: str, found: str) -> None:
    assert making.memory_directory(mounts) == found
