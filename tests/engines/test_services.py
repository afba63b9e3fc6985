"""The list of services and the directories they stand in."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from hongyan.engines import services as module
from hongyan.engines.services import EICAR, directories, prepare_directories, services
from hongyan.kernel.instance import DEMO_PORTS, STANDARD_PORTS, Instance

ROOT = Path("/srv/hongyan")
INSTANCE = Instance(
    root=ROOT, name="sample", hostname="mail.corp.test", ports=DEMO_PORTS, listen="127.0.0.1", debian=12, outside=False
)  # fmt: skip


def names(instance: Instance) -> list[str]:
    return [service.name for service in services(instance)]


def test_what_others_need_starts_before_them() -> None:
    order = names(INSTANCE)
    assert order.index("redis") < order.index("rspamd") < order.index("postfix")
    assert order.index("gate") < order.index("postfix")
    assert order.index("guard") < order.index("dovecot") < order.index("postfix")


def test_the_scanner_is_left_out_where_the_instance_has_none() -> None:
    assert {"redis", "clamd", "rspamd"} & set(names(replace(INSTANCE, rspamd=False))) == set()


def test_signatures_are_fetched_only_where_the_world_can_be_reached() -> None:
    assert "freshclam" not in names(INSTANCE)
    assert "freshclam" in names(replace(INSTANCE, outside=True))
    assert "freshclam" not in names(replace(INSTANCE, outside=True, rspamd=False))


def test_policies_of_others_are_asked_for_only_where_there_are_others() -> None:
    assert "mta-sts" not in names(INSTANCE) and "_mta-sts" not in {owner for _, _, owner, _ in directories(INSTANCE)}
    order = names(replace(INSTANCE, outside=True))
    assert order.index("mta-sts") < order.index("postfix") and "tls-policy" not in order
    order = names(replace(INSTANCE, outside=True, dane=True))
    assert order.index("mta-sts") < order.index("tls-policy") < order.index("postfix")
    assert "tls-policy" not in names(replace(INSTANCE, dane=True))


def test_our_programs_run_without_rights_and_know_their_instance() -> None:
    own = {s.name: s for s in services(INSTANCE) if s.name in ("gate", "guard", "worker", "web")}
    assert {s.user for s in own.values()} == {"hongyan"}
    assert all(("HONGYAN_DIR", str(ROOT)) in s.environment for s in own.values())


def test_a_low_port_costs_the_web_one_capability_not_root() -> None:
    web = next(s for s in services(replace(INSTANCE, ports=STANDARD_PORTS)) if s.name == "web")
    assert web.argv[0] == "/usr/bin/setpriv"
    assert "--reuid=hongyan" in web.argv
    assert "--ambient-caps=-all,+net_bind_service" in web.argv


def test_nothing_of_the_mail_is_open_to_the_machines_other_users() -> None:
    modes = {path: mode for path, mode, _, _ in directories(INSTANCE)}
    for private in (
        INSTANCE.mail,
        INSTANCE.strangers,
        INSTANCE.locks,
        ROOT / "redis",
        ROOT / "rspamd",
        ROOT / "db",
        INSTANCE.events / "quota",
    ):
        assert modes[private] & 0o007 == 0, private


@pytest.mark.skipif(os.geteuid() != 0, reason="gives directories to other users")
def test_preparing_twice_changes_nothing_and_mends_rights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = tmp_path / "system"
    system.mkdir()
    (system / "daily.cvd").write_text("signatures")
    monkeypatch.setattr(module, "SYSTEM_SIGNATURES", system)
    instance = replace(INSTANCE, root=tmp_path / "i")
    prepare_directories(instance)
    before = _state(instance)
    instance.mail.chmod(0o777)
    prepare_directories(instance)
    assert _state(instance) == before
    database = instance.root / "clamav" / "db"
    assert (database / "local.ndb").read_text() == EICAR
    assert (database / "daily.cvd").resolve() == system / "daily.cvd"


@pytest.mark.skipif(os.geteuid() != 0, reason="gives directories to other users")
def test_own_signatures_are_kept_and_dead_links_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = tmp_path / "system"
    system.mkdir()
    monkeypatch.setattr(module, "SYSTEM_SIGNATURES", system)
    (system / "main.cvd").write_text("theirs")
    instance = replace(INSTANCE, root=tmp_path / "i")
    prepare_directories(instance)
    database = instance.root / "clamav" / "db"
    (database / "main.cvd").unlink()
    (database / "main.cld").write_text("ours")
    (database / "gone.cvd").symlink_to(tmp_path / "nowhere")
    prepare_directories(instance)
    assert sorted(path.name for path in database.iterdir()) == ["local.ndb", "main.cld"]


def _state(instance: Instance) -> dict[str, tuple[int, int, int]]:
    found = {}
    for path, *_ in directories(instance):
        status = path.stat()
        found[str(path)] = (status.st_mode, status.st_uid, status.st_gid)
    return found
