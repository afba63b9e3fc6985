"""A patched release equals a full one, byte for byte, whatever was done to the company in between."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from hongyan.company.life import actions as life, course, states
from hongyan.company.mailboxes import actions, changes, members, routing
from hongyan.company.mailboxes.actions import NewMailbox
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.actions import add_domain, add_person
from hongyan.company.people.queries import find_domain
from hongyan.company.permits.actions import end_permit, grant_permit
from hongyan.company.permits.models import Permit
from hongyan.kernel import clock, outbox
from hongyan.kernel.instance import Instance
from hongyan.kernel.models import Outbox
from hongyan.release import publish, snapshot, store
from hongyan.release.facts import MailboxFacts
from hongyan.release.patch import splice
from hongyan.release.tables import TABLES, shard
from tests.cast import Cast
from tests.instance import make_instance


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return make_instance(tmp_path / "i")


def pending_change() -> publish.Change:
    entries = list(Outbox.objects.filter(kind=outbox.RELEASE, done_at__isnull=True))
    change = publish.Change(
        addresses=store.merge_addresses(e.payload["addresses"] for e in entries),
        full=any(e.payload["full"] for e in entries),
    )
    outbox.settle(entries)
    return change


def assert_live_is_a_full_compilation(instance: Instance) -> None:
    static, tables = publish.compile_full(instance)
    for path, content in tables.items():
        assert (instance.live / path).read_bytes() == content, path
        table = TABLES[path.removeprefix("tables/").split(".")[0]]
        for suffix, view in table.views.items():
            made = view(table.parse(content.decode()))
            assert (instance.live / f"{path}.{suffix}").read_text() == made, (path, suffix)
    for path, file in static.items():
        assert (instance.live / path).read_text("utf-8") == file.text, path


def test_every_kind_of_change(cast: Cast, instance: Instance) -> None:
    add_domain(actor=cast.operator, company=cast.corp, name="corp-alias.test", alias_of=find_domain("corp.test"))
    publish.ensure_release(instance)
    pending_change()
    steps: list[Callable[[], object]] = [
        lambda: actions.open_mailbox(actor=cast.operator, company=cast.corp, new=NewMailbox("eve@corp.test")),
        lambda: routing.add_group(
            actor=cast.operator, company=cast.corp, address="all@corp.test", members=["alice@corp.test"], who="members"
        ),
        lambda: routing.add_alias(actor=cast.operator, company=cast.corp, address="al@corp.test", target="alice@corp.test"),
        lambda: actions.add_app_password(actor=cast.actor(cast.alice), mailbox=cast.alice, device="phone"),
        lambda: actions.grant_send_as(actor=cast.operator, mailbox=cast.bob, address="al@corp.test"),
        lambda: actions.suspend_mailbox(actor=cast.operator, mailbox=cast.bob, reason="x"),
        lambda: actions.rename_mailbox(actor=cast.operator, mailbox=cast.alice, address="lin@corp.test"),
        lambda: actions.set_quota(actor=cast.operator, mailbox=cast.carol, megabytes=99),
        lambda: actions.close_mailbox(actor=cast.operator, mailbox=cast.alice),
        lambda: actions.resume_mailbox(actor=cast.operator, mailbox=cast.bob),
    ]  # fmt: skip
    do_each(instance, steps, first=2)


def do_each(instance: Instance, steps: list[Callable[[], object]], *, first: int) -> None:
    """Every step makes one patched release, equal to a full one."""
    for number, step in enumerate(steps, start=first):
        step()
        change = pending_change()
        assert not change.full
        assert publish.publish(instance, change, None).number == number
        assert_live_is_a_full_compilation(instance)


@pytest.mark.clause("G3.2.2")
def test_every_change_of_who_uses_a_shared_mailbox(cast: Cast, instance: Instance) -> None:
    add_domain(actor=cast.operator, company=cast.corp, name="corp-alias.test", alias_of=find_domain("corp.test"))
    joiner = add_person(actor=cast.operator, company=cast.corp, name="新人")
    new = [
        NewMailbox("sales@corp.test", kind="shared", keeper=cast.bob.person),
        NewMailbox("desk@corp.test", kind="project", keeper=joiner),
    ]
    sales, desk = actions.open_mailboxes(actor=cast.operator, company=cast.corp, new=new)
    routing.add_alias(actor=cast.operator, company=cast.corp, address="info@corp.test", target="sales@corp.test")
    publish.ensure_release(instance)
    pending_change()
    operator, alice, carol, successor = cast.operator, cast.alice, cast.carol, cast.alice.person
    assert successor is not None

    def add(mailbox: Mailbox, member: Mailbox, *rights: str) -> object:
        return members.add_member(actor=operator, mailbox=mailbox, member=member, rights=rights)

    def change(member: Mailbox, *rights: str) -> object:
        return members.change_rights(actor=operator, mailbox=sales, member=member, rights=rights)

    steps: list[Callable[[], object]] = [
        lambda: add(sales, alice, "read"),
        lambda: add(desk, alice, "write"),
        lambda: add(sales, carol, "write", "send_as"),
        lambda: change(alice, "on_behalf"),
        lambda: change(alice, "write", "on_behalf", "send_as"),
        lambda: actions.rename_mailbox(actor=operator, mailbox=alice, address="lin@corp.test"),
        lambda: actions.rename_mailbox(actor=operator, mailbox=sales, address="verkauf@corp.test"),
        lambda: members.change_keeper(actor=operator, mailbox=sales, keeper=successor),
        lambda: actions.suspend_mailbox(actor=operator, mailbox=sales, reason="x"),
        lambda: actions.resume_mailbox(actor=operator, mailbox=sales),
        lambda: members.remove_member(actor=operator, mailbox=sales, member=carol),
        lambda: add(sales, carol, "write"),
        lambda: actions.close_mailbox(actor=operator, mailbox=carol),
        lambda: actions.open_mailbox(
            actor=operator, company=cast.corp, new=NewMailbox("joiner@corp.test", person=joiner)
        ),
        lambda: actions.close_mailbox(actor=operator, mailbox=sales),
    ]  # fmt: skip
    do_each(instance, steps, first=2)
    assert "desk@corp.test" in shared_with(instance, "lin@corp.test")
    assert "desk@corp.test" in shared_with(instance, "joiner@corp.test")
    assert not shared_with(instance, "carol@corp.test")


@pytest.mark.clause("P12")
def test_every_change_of_a_permit(cast: Cast, instance: Instance) -> None:
    add_domain(actor=cast.operator, company=cast.corp, name="corp-alias.test", alias_of=find_domain("corp.test"))
    heads, board = (
        routing.add_group(actor=cast.operator, company=cast.corp, address=f"{name}@corp.test", who="listed")
        for name in ("heads", "board")
    )
    publish.ensure_release(instance)
    pending_change()
    operator, alice = cast.operator, cast.alice

    def grant(kind: str, value: str = "", mailbox: Mailbox = alice) -> object:
        return grant_permit(actor=operator, mailbox=mailbox, kind=kind, value=value)

    steps: list[Callable[[], object]] = [
        lambda: grant("outside"),
        lambda: grant("forward", "alice@home.test"),
        lambda: grant("forward", "@partner.test"),
        lambda: grant("large", "40"),
        lambda: grant("group", "heads@corp.test"),
        lambda: grant("group", "heads@corp.test", cast.bob),
        lambda: grant("group", "board@corp.test"),
        lambda: actions.rename_mailbox(actor=operator, mailbox=alice, address="lin@corp.test"),
        lambda: changes.rename_group(actor=operator, group=heads, address="chiefs@corp.test"),
        lambda: end_permit(actor=operator, permit=Permit.objects.get(mailbox=alice, kind="large")),
        lambda: changes.remove_group(actor=operator, group=board),
        lambda: actions.close_mailbox(actor=operator, mailbox=cast.bob),
        lambda: actions.close_mailbox(actor=operator, mailbox=alice),
    ]  # fmt: skip
    do_each(instance, steps, first=2)


@pytest.mark.clause("G2.1.6", "B4.8")
def test_every_turn_of_a_mailboxs_life(cast: Cast, instance: Instance) -> None:
    add_domain(actor=cast.operator, company=cast.corp, name="corp-alias.test", alias_of=find_domain("corp.test"))
    operator, corp, alice, bob, dave = cast.operator, cast.corp, cast.alice, cast.bob, cast.dave
    for address, target in (("al@corp.test", "alice@corp.test"), ("a@corp.test", "al@corp.test")):
        routing.add_alias(actor=operator, company=corp, address=address, target=target)
    for address, members_ in (
        ("both@corp.test", ["a@corp.test", "bob@corp.test"]),
        ("only@corp.test", ["alice@corp.test"]),
    ):
        routing.add_group(actor=operator, company=corp, address=address, members=members_)
    sales = actions.open_mailbox(
        actor=operator, company=corp, new=NewMailbox("sales@corp.test", kind="shared", keeper=bob.person)
    )
    members.add_member(actor=operator, mailbox=sales, member=alice, rights=("write", "send_as"))
    routing.add_alias(actor=operator, company=corp, address="info@corp.test", target="sales@corp.test")
    actions.grant_send_as(actor=operator, mailbox=alice, address="info@corp.test")
    publish.ensure_release(instance)
    pending_change()

    def stop(mailbox: Mailbox, what: states.What) -> Callable[[], object]:
        return lambda: life.stop(actor=operator, mailbox=mailbox, what=what, reason="x")

    def lift(mailbox: Mailbox, what: states.What) -> Callable[[], object]:
        return lambda: life.lift(actor=operator, mailbox=mailbox, what=what)

    day = clock.today() + timedelta(days=30)
    steps: list[Callable[[], object]] = [
        stop(alice, "receiving"), stop(alice, "sending"), lift(alice, "receiving"), lift(alice, "sending"),
        stop(sales, "sending"), stop(sales, "signing_in"), lift(sales, "sending"), lift(sales, "signing_in"),
        stop(sales, "receiving"), lift(sales, "receiving"),
        lambda: course.retain(actor=operator, mailbox=alice, until=day, successor=dave),
        lambda: life.set_reply(actor=operator, mailbox=alice, text_by_locale={"en": "left", "zh-Hant": "已離職"}),
        lambda: routing.add_alias(actor=operator, company=corp, address="ally@corp.test", target="alice@corp.test"),
        lambda: routing.remove_alias(actor=operator, alias=changes.find_alias(corp, "a@corp.test")),
        lambda: changes.change_alias(actor=operator, alias=changes.find_alias(corp, "ally@corp.test"), target="bob@corp.test", until=None),
        stop(dave, "receiving"), lift(dave, "receiving"),
        lambda: actions.rename_mailbox(actor=operator, mailbox=dave, address="david@corp.test"),
        lambda: actions.rename_mailbox(actor=operator, mailbox=alice, address="lin@corp.test"),
        lambda: course.unretain(actor=operator, mailbox=alice),
        lambda: course.retain(actor=operator, mailbox=alice, until=day, successor=dave),
        lambda: actions.close_mailbox(actor=operator, mailbox=dave),
        lambda: course.keep_as_alias(actor=operator, mailbox=alice, of=bob, until=day),
        lambda: routing.remove_alias(actor=operator, alias=changes.find_alias(corp, "lin@corp.test")),
    ]  # fmt: skip
    do_each(instance, steps, first=2)


@pytest.mark.clause("B4.8")
def test_a_kept_mailbox_has_room_for_what_comes(cast: Cast) -> None:
    course.retain(
        actor=cast.operator, mailbox=cast.alice, until=clock.today() + timedelta(days=30), successor=cast.dave
    )
    facts = snapshot.facts_for(["alice@corp.test"])["alice@corp.test"]
    assert isinstance(facts, MailboxFacts) and facts.quota_mb == cast.corp.quota_mb + snapshot.KEPT_ROOM_MB
    assert (facts.forward_to, facts.state) == ("dave@corp.test", "suspended")


def shared_with(instance: Instance, login: str) -> str:
    """What Dovecot's access list says of a login."""
    lines = (instance.live / f"tables/shares.{shard(login)}.acl").read_text().splitlines()
    return "".join(line for line in lines if f"user={login} " in line)


def test_nothing_changed_makes_no_release(cast: Cast, instance: Instance) -> None:
    first, _ = publish.ensure_release(instance)
    again = publish.publish(instance, publish.Change(addresses=("alice@corp.test",)), None)
    assert (again.number, again.changed) == (first.number, ())


def test_a_password_change_touches_one_shard_and_nothing_else(cast: Cast, instance: Instance) -> None:
    actions.set_quota(actor=cast.operator, mailbox=cast.carol, megabytes=98)  # one of its own, which Postfix asks about
    publish.ensure_release(instance)
    actions.set_quota(actor=cast.operator, mailbox=cast.carol, megabytes=99)
    published = publish.publish(instance, publish.Change(addresses=("carol@corp.test",)), None)
    assert len(published.changed) == 1 and published.changed[0].startswith("tables/users.")


def test_a_switch_cut_short_is_completed(cast: Cast, instance: Instance) -> None:
    publish.ensure_release(instance)
    before = (instance.live / "RELEASE").read_text(), store.read_manifest(instance.live)
    actions.open_mailbox(actor=cast.operator, company=cast.corp, new=NewMailbox("eve@corp.test"))
    publish.publish(instance, publish.Change(addresses=("eve@corp.test",)), None)
    # the power went before the last two renames: the files are new, the record of them old
    (instance.live / "RELEASE").write_text(before[0])
    (instance.live / store.MANIFEST).write_text(before[1].text())
    publish.publish(instance, publish.Change(), None)
    assert store.live_number(instance) == 2
    assert_live_is_a_full_compilation(instance)


def test_a_damaged_or_missing_release_is_compiled_anew(cast: Cast, instance: Instance) -> None:
    publish.ensure_release(instance)
    (store.directory(instance, 1) / "tables/mailboxes").unlink()
    (instance.live / "tables/mailboxes").write_text("half a li")
    publish.ensure_release(instance)
    assert_live_is_a_full_compilation(instance)


def test_roll_back_publishes_old_files_under_a_new_number(cast: Cast, instance: Instance) -> None:
    publish.ensure_release(instance)
    actions.open_mailbox(actor=cast.operator, company=cast.corp, new=NewMailbox("eve@corp.test"))
    publish.publish(instance, publish.Change(addresses=("eve@corp.test",)), None)
    assert b"eve@corp.test" in (instance.live / "tables/mailboxes").read_bytes()
    rolled = publish.roll_back(instance, 1, None)
    assert rolled.number == 3
    assert b"eve@corp.test" not in (instance.live / "tables/mailboxes").read_bytes()


def test_live_files_get_a_new_inode_and_a_later_second(cast: Cast, instance: Instance) -> None:
    """Postfix notices by link count, Dovecot by whole seconds (engine notes 0.1)."""
    publish.ensure_release(instance)
    path = instance.live / "tables/mailboxes.cdb"
    with path.open("rb") as held:
        before = path.stat()
        actions.open_mailbox(actor=cast.operator, company=cast.corp, new=NewMailbox("eve@corp.test"))
        publish.publish(instance, publish.Change(addresses=("eve@corp.test",)), None)
        after = path.stat()
        assert after.st_ino != before.st_ino and int(after.st_mtime) > int(before.st_mtime)
        assert os.fstat(held.fileno()).st_nlink == 0


def test_splice_equals_format_for_any_keys() -> None:
    chance = random.Random(7)
    for name in ("users", "apppw", "deny", "mailboxes"):
        table = TABLES[name]
        for _ in range(150):
            addresses = [
                f"{chance.choice('abc')}{chance.choice(['', '.', '-', '1', '_'])}{chance.randrange(30)}@corp.test"
                for _ in range(chance.randrange(40))
            ]
            state = {a: _rows(table.key_parts, a, chance.randrange(3), "old") for a in addresses}
            text = table.format({k: v for rows in state.values() for k, v in rows.items()}).encode()
            changes = {
                a: _rows(table.key_parts, a, chance.randrange(3), "new")
                for a in [*chance.sample(addresses, min(4, len(addresses))), "zz@corp.test", "a0@corp.test"]
            }
            state |= changes
            wanted = table.format({k: v for rows in state.values() for k, v in rows.items()}).encode()
            assert splice(table, text, changes) == wanted


def _rows(parts: int, address: str, count: int, value: str) -> dict[str, str]:
    tails = {2: ["/imap/1", "/pop3/2", "/smtp/3"], 1: ["/imap", "/pop3", "/smtp"], 0: [""]}[parts]
    return {address + tail: value for tail in tails[:count]}
