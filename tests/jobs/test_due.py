"""What falls due by itself, and the mails that tell people."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hongyan.company.mailboxes import actions
from hongyan.company.mailboxes.actions import NewMailbox
from hongyan.company.mailboxes.models import Alias, Claim
from hongyan.company.mailboxes.queries import find_mailbox, state_of
from hongyan.jobs import notices, schedule
from hongyan.kernel import clock, outbox
from hongyan.kernel.models import Event, Outbox
from tests.cast import Cast
from tests.instance import make_instance


@pytest.mark.clause("C6")
def test_a_former_name_ends_after_its_time_and_is_free_again(cast: Cast) -> None:
    actions.rename_mailbox(actor=cast.operator, mailbox=cast.alice, address="lin@corp.test", keep_days=30)
    with clock.shifted(timedelta(days=30)):
        assert schedule.expire_aliases() == 0
    with clock.shifted(timedelta(days=31)):
        assert schedule.expire_aliases() == 1
    assert not Alias.objects.filter(address="alice@corp.test").exists()
    assert not Claim.objects.filter(address="alice@corp.test").exists()
    assert Event.objects.get(kind="alias.removed").actor == "schedule:expiry"


@pytest.mark.clause("B2")
def test_an_intern_s_mailbox_is_suspended_on_its_day(cast: Cast) -> None:
    day = clock.today() + timedelta(days=10)
    new = NewMailbox("eve@corp.test", kind="intern", expires_on=day)
    actions.open_mailbox(actor=cast.operator, company=cast.corp, new=new)
    with clock.shifted(timedelta(days=9)):
        assert schedule.expire_mailboxes() == 0
    with clock.shifted(timedelta(days=10)):
        assert schedule.expire_mailboxes() == 1
        assert schedule.expire_mailboxes() == 0
    assert state_of(find_mailbox("eve@corp.test")) == "suspended"


def test_open_work_is_never_cleaned_up(cast: Cast) -> None:
    outbox.enqueue(outbox.NOTICE, {"notice": "quota", "to": "alice@corp.test"})
    outbox.settle(Outbox.objects.filter(kind=outbox.RELEASE))
    with clock.shifted(timedelta(days=8)):
        schedule.clean_up()
    kinds = set(Outbox.objects.values_list("kind", flat=True))
    assert outbox.NOTICE in kinds and outbox.RELEASE not in kinds


@pytest.mark.clause("B4.6")
@pytest.mark.parametrize(("name", "words"), [("alice", "您的郵箱"), ("dave", "您的邮箱"), ("charlie", "your mailbox")])
def test_notices_are_in_the_reader_s_language_and_answer_nobody(
    cast: Cast, tmp_path: Path, name: str, words: str
) -> None:
    instance = make_instance(tmp_path / "i")
    message = notices.compose(instance, getattr(cast, name), "quota", {"level": "90"})
    assert words in message.get_content() and "90" in str(message["Subject"])
    assert message["Auto-Submitted"] == "auto-generated"
    assert instance.web_url in message.get_content()


def test_a_failed_entry_is_tried_again_later_and_stays_visible(db: None) -> None:
    outbox.enqueue(outbox.NOTICE, {"notice": "quota", "to": "x@corp.test"})
    for _ in range(outbox.MAX_ATTEMPTS):
        with clock.shifted(timedelta(days=1)):
            entries = outbox.pending([outbox.NOTICE])
            assert len(entries) == 1
            outbox.failed(entries, "refused")
        Outbox.objects.update(due_at=clock.now())
    assert outbox.pending([outbox.NOTICE]) == []
    assert Outbox.objects.get().error == "refused"
