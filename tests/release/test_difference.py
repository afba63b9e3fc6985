"""What a release changed, in words and in lines."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from hongyan.company.mailboxes import actions, routing
from hongyan.company.mailboxes.actions import NewMailbox
from hongyan.engines.desk import answers, differ
from hongyan.kernel.decision import Decision
from hongyan.kernel.instance import Instance
from hongyan.kernel.wording import LOCALES, say
from hongyan.release import difference, publish, store
from tests.cast import Cast
from tests.instance import make_instance


@pytest.fixture
def instance(cast: Cast, tmp_path: Path) -> Instance:
    made = make_instance(tmp_path / "i")
    publish.ensure_release(made)
    return made


def test_changes_are_told_by_address_in_words(cast: Cast, instance: Instance) -> None:
    actions.open_mailbox(actor=cast.operator, company=cast.corp, new=NewMailbox("eve@corp.test"))
    routing.add_group(
        actor=cast.operator, company=cast.corp, address="all@corp.test", members=["alice@corp.test"], who="members"
    )
    actions.suspend_mailbox(actor=cast.operator, mailbox=cast.bob, reason="away")
    actions.set_quota(actor=cast.operator, mailbox=cast.carol, megabytes=9000)
    actions.add_app_password(actor=cast.actor(cast.alice), mailbox=cast.alice, device="phone")
    publish.publish(instance, publish.Change(full=True), None)
    told: dict[str, set[str]] = {}
    found = difference.read(instance, 1, 2)
    for change in found.changes:
        told.setdefault(change.address, set()).add(change.code.removeprefix("difference."))
    assert told["eve@corp.test"] == {"mailbox_opened", "denied"}
    assert told["all@corp.test"] == {"group_added"}
    assert told["bob@corp.test"] == {"state", "password", "denied"}
    assert told["carol@corp.test"] == {"store"} and told["alice@corp.test"] == {"device_added"}
    assert "dave@corp.test" not in told and found.addresses == len(told)
    back = {(c.address, c.code) for c in difference.read(instance, 2, 1).changes}
    assert ("eve@corp.test", "difference.mailbox_gone") in back
    for change in found.changes:
        for locale in LOCALES:
            assert say(Decision(change.code, change.params), locale)


def test_lines_hold_no_password_and_no_key(cast: Cast, instance: Instance) -> None:
    from hongyan.company.people.actions import add_domain

    add_domain(actor=cast.operator, company=cast.corp, name="second.test")
    actions.add_app_password(actor=cast.actor(cast.alice), mailbox=cast.alice, device="phone")
    actions.open_with_password(
        actor=cast.operator, company=cast.corp, new=NewMailbox("eve@corp.test"), password="Slow-Harbour-77-Lights"
    )
    publish.publish(instance, publish.Change(full=True), None)
    found = difference.read(instance, 1, 2)
    said = "\n".join(line for lines in found.lines.values() for line in lines)
    assert "eve@corp.test" in said and "{ARGON2ID}" in said and "second.test" in said
    assert "$argon2id$" not in said and "PRIVATE" not in said and "MII" not in said
    assert any("second.test" in path for path in found.files)


def test_a_long_table_is_compared_by_its_lines(cast: Cast, instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(difference, "MOST_TO_MATCH", 0)
    routing.add_alias(actor=cast.operator, company=cast.corp, address="al@corp.test", target="alice@corp.test")
    publish.publish(instance, publish.Change(full=True), None)
    assert difference.read(instance, 1, 2).lines["tables/aliases"] == ["+al@corp.test\talice@corp.test"]


def test_the_answer_is_left_for_the_web(cast: Cast, instance: Instance) -> None:
    routing.add_alias(actor=cast.operator, company=cast.corp, address="al@corp.test", target="alice@corp.test")
    publish.publish(instance, publish.Change(full=True), None)
    differ.differ(instance, 1, 2)
    answer = answers.read(instance, differ.answer_name(1, 2))
    assert answer is not None and answer["files"] == asdict(difference.read(instance, 1, 2))["files"]
    (store.directory(instance, 1) / store.MANIFEST).unlink()
    differ.differ(instance, 1, 2)
    damaged = answers.read(instance, differ.answer_name(1, 2))
    assert damaged is not None and "damaged" in damaged
