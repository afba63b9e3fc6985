"""A damaged, refused or interrupted release: what is live stays whole, and what was decided comes to hold."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hongyan.kernel.instance import Instance
from hongyan.release import store
from tests.resilience import hands
from tests.system.hands import Failed, Running, eventually


def live_bytes(house: Running) -> dict[str, bytes]:
    live = house.instance.live
    return {str(path.relative_to(live)): path.read_bytes() for path in live.rglob("*") if path.is_file()}


def newest(house: Running) -> store.Manifest:
    manifest = store.newest(house.instance)
    assert manifest is not None
    return manifest


def assert_whole(house: Running) -> None:
    """Live is what the newest release says, and that is what the rows give."""
    eventually(lambda: not has_drift(house), 10, "rows, release and live files in agreement")
    manifest = newest(house)
    assert store.live_number(house.instance) == manifest.number
    assert store.damage(house.instance.live, manifest) == []


def has_drift(house: Running) -> bool:
    """What is still to be published counts as drift."""
    try:
        return bool(house.run("release", "drift")["drift"])
    except Failed as failure:
        if failure.error:
            raise
        return True


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda i: cut(i.live / "tables/gate.cdb"), id="half-written map"),
        pytest.param(lambda i: (i.live / "etc/postfix/main.cf").unlink(), id="lost configuration"),
        pytest.param(lambda i: cut(i.live / "manifest.json"), id="cut-off manifest"),
        pytest.param(lambda i: (i.live / "RELEASE").write_text("x"), id="damaged number"),
        pytest.param(lambda i: cut(i.releases / str(store.live_number(i)) / "manifest.json"), id="cut-off release"),
        pytest.param(lambda i: cut(i.releases / str(store.live_number(i)) / "tables/mailboxes"), id="cut-off source"),
    ],
)
def test_the_publisher_s_next_start_or_change_repairs(house: Running, damage: Callable[[Instance], object]) -> None:
    """Whatever file was damaged in releases/ or live/: after the publisher's restart and one change all is whole."""
    hands.stop(house, "publisher")
    damage(house.instance)
    hands.start(house, "publisher")
    eventually(lambda: store.damage(house.instance.live, newest(house)) == [], 15, "a repaired live directory")
    house.open(f"r{time.time_ns()}@corp.test")
    assert_whole(house)
    assert hands.refusal(house, "imap", "bob@corp.test") == ""


def test_the_gate_defers_on_a_half_written_map_and_goes_on_once_it_is_whole(house: Running) -> None:
    cdb = house.instance.live / "tables/gate.cdb"
    with hands.stopped(house, "publisher"):
        cut(cdb)
        time.sleep(0.3)
        with house.mx() as client:
            client.ehlo("x.example")
            client.mail("a@x.example")
            client.rcpt("bob@corp.test")
            assert client.data(b"Subject: half\r\n\r\nx\r\n")[0] == 451
    eventually(lambda: store.damage(house.instance.live, newest(house)) == [], 15, "a repaired live directory")
    time.sleep(0.3)
    house.send("alice@corp.test", "bob@corp.test", subject="whole-again")
    house.found("bob@corp.test", "whole-again")


_BREAK_KEY = """
from hongyan.company.people.models import Domain
Domain.objects.filter(name="other.test").update(dkim_key={key!r})
"""
_KEY = "from hongyan.company.people.models import Domain\nprint(Domain.objects.get(name='other.test').dkim_key)"


def test_a_bad_key_is_refused_and_what_is_live_stays(house: Running) -> None:
    """Nothing of a release with an unusable DKIM key goes live; the command says why; mended, all of it does."""
    key = hands.rows(house, _KEY) + "\n"
    before = live_bytes(house)
    hands.rows(house, _BREAK_KEY.format(key="not a key\n"))
    try:
        with pytest.raises(Failed) as refused:
            house.open("behind-a-bad-key@corp.test")
        assert refused.value.error["code"] == "release.refused" and "DKIM" in refused.value.error["message"]
        assert live_bytes(house) == before
        assert house.run("audit", "list", "--kind", "release.refused")
        assert hands.refusal(house, "imap", "bob@corp.test") == ""
    finally:
        hands.rows(house, _BREAK_KEY.format(key=key))
    house.run("company", "add", f"later{time.time_ns() % 10**6}", "--name", "Later")  # a release of everything
    hands.let_tables_be_noticed()
    assert hands.refusal(house, "imap", "behind-a-bad-key@corp.test") == ""
    assert_whole(house)


_BREAK_ALIAS = """
from hongyan.company.mailboxes.models import Alias
from hongyan.kernel import outbox
from django.db import transaction
with transaction.atomic():
    Alias.objects.filter(address="bad@corp.test").update(target={target!r})
    outbox.release("bad@corp.test")
    outbox.release("good@corp.test")
"""


def test_one_bad_row_does_not_hold_up_the_good_ones_beside_it(house: Running) -> None:
    """An alias whose target no map can carry is refused alone; changes in the same moment and later ones go live."""
    house.run("alias", "add", "bad@corp.test", "bob@corp.test")
    house.run("alias", "add", "good@corp.test", "bob@corp.test")
    hands.rows(house, _BREAK_ALIAS.format(target="two words\n@corp.test"))
    try:
        since = time.monotonic()
        house.open("beside-a-bad-row@corp.test")
        assert time.monotonic() - since < 15, "no command waits for somebody else's refusal"
        hands.let_tables_be_noticed()
        assert hands.refusal(house, "imap", "beside-a-bad-row@corp.test") == ""
        with pytest.raises(Failed) as drift:
            house.run("release", "drift")
        assert drift.value.error["code"] == "release.refused" and "alias target" in drift.value.error["message"]
    finally:
        hands.rows(house, _BREAK_ALIAS.format(target="alice@corp.test"))
    eventually(
        lambda: "bad@corp.test\talice" in (house.instance.live / "tables/aliases").read_text(), 15, "the mended row"
    )
    assert_whole(house)


def test_up_starts_with_the_newest_whole_release_when_the_rows_cannot_be_published(house: Running) -> None:
    key = hands.rows(house, _KEY) + "\n"
    hands.rows(house, _BREAK_KEY.format(key="not a key\n"))
    try:
        house.down()
        house.up()
        assert hands.refusal(house, "imap", "bob@corp.test") == ""
        house.send("alice@corp.test", "bob@corp.test", subject="with-the-older-release")
        house.found("bob@corp.test", "with-the-older-release")
    finally:
        hands.rows(house, _BREAK_KEY.format(key=key))
    assert_whole(house)


def test_diff_rollback_and_drift_on_a_live_instance(house: Running) -> None:
    """A roll-back is a new release with older files; it holds on the wire; drift tells that rows and files differ."""
    number = newest(house).number
    house.run("mailbox", "suspend", "carol@corp.test")
    changed = house.run("release", "diff", str(number), str(newest(house).number))["files"]
    assert any(path.startswith("tables/deny.") for path in changed) and "tables/gate" in changed
    assert not any(path.startswith("etc/") for path in changed)
    assert hands.refusal(house, "imap", "carol@corp.test")
    back = house.run("release", "rollback", str(number))
    assert back["release"] > number
    hands.let_tables_be_noticed()
    assert hands.refusal(house, "imap", "carol@corp.test") == ""
    with pytest.raises(Failed) as drifted:
        house.run("release", "drift")
    assert drifted.value.code == 1
    house.run("mailbox", "resume", "carol@corp.test")
    hands.let_tables_be_noticed()
    assert hands.refusal(house, "imap", "carol@corp.test") == ""
    assert_whole(house)


def test_a_foreign_change_to_a_live_file_is_drift_and_the_next_full_release_ends_it(house: Running) -> None:
    table = house.instance.live / "tables/aliases"
    table.write_text(table.read_text() + "z@corp.test\tcharlie@other.test\n")
    with pytest.raises(Failed):
        house.run("release", "drift")
    hands.stop(house, "publisher")
    hands.start(house, "publisher")
    eventually(lambda: "z@corp.test" not in table.read_text(), 15, "the compiled table")
    assert_whole(house)


def test_a_publisher_killed_between_release_and_switch(house: Running) -> None:
    """A release that was named but not switched to is switched to by the next start."""
    hands.stop(house, "publisher")
    number = newest(house).number
    house.open("between@corp.test")  # waits for nobody: no publisher hears it
    hands.rows(
        house,
        "from hongyan.kernel.instance import current\nfrom hongyan.release import publish, store\n"
        "import os\nstore.switch = lambda *a, **k: os._exit(0)\n"
        "publish.publish(current(), publish.Change(('between@corp.test',)), None)",
    )
    assert newest(house).number == number + 1 and store.live_number(house.instance) == number
    assert hands.refusal(house, "imap", "between@corp.test")
    hands.start(house, "publisher")
    eventually(lambda: store.live_number(house.instance) > number, 10, "the switch")
    hands.let_tables_be_noticed()
    assert hands.refusal(house, "imap", "between@corp.test") == ""
    assert_whole(house)


_BURST = """
from hongyan.company.mailboxes.actions import NewMailbox, open_mailbox
from hongyan.company.people.queries import find_company
company = find_company("corp")
for n in range({count}):
    open_mailbox(actor=actor, company=company, new=NewMailbox(f"burst{{n}}@corp.test"))
"""


def test_a_publisher_killed_again_and_again_in_a_burst_loses_no_change(house: Running) -> None:
    """Actions one after another share releases; kill -9 of the publisher in between costs none of them."""
    number, count = newest(house).number, 40

    def kill_thrice() -> None:
        for _ in range(3):
            time.sleep(0.5)
            hands.kill(hands.pid_of(house, "publisher"))

    with ThreadPoolExecutor(1) as pool:
        killing = pool.submit(kill_thrice)
        hands.rows(house, _BURST.format(count=count))
        killing.result()
    hands.wait_ready(house)
    hands.wait_published(house, 30)
    mailboxes = (house.instance.live / "tables/mailboxes").read_text()
    assert [n for n in range(count) if f"burst{n}@corp.test\t" not in mailboxes] == []
    assert newest(house).number - number < count / 2
    assert_whole(house)


def test_what_a_killed_publisher_half_wrote_is_cleared_away(house: Running) -> None:
    draft = house.instance.releases / f"{newest(house).number + 1}.tmp"
    hands.kill(hands.pid_of(house, "publisher"))
    draft.mkdir(exist_ok=True)
    (draft / "manifest.json").write_text(json.dumps({"number": 1}))
    hands.wait_ready(house)
    house.open("after-a-draft@corp.test")
    eventually(lambda: not draft.exists(), what="the draft cleared away")
    assert_whole(house)
