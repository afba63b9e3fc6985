"""One's own filter rules: what is read out of a script, and to whom they are shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from hongyan.engines.desk import answers, asking, rules
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import Instance
from hongyan.kernel.models import Event, Outbox
from tests.cast import Cast
from tests.instance import make_instance


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return make_instance(tmp_path)


def test_forwards_are_found_in_every_spelling_and_not_in_comments() -> None:
    script = """
    require ["copy", "vacation"];
    # redirect "old@outside.test";
    /* redirect "older@outside.test"; */
    redirect :copy "Boss@Home.test";
    if header :contains "subject" "x" { ReDirect "bob@corp.test"; redirect "bob@corp.test"; }
    vacation :days 7 "Back on Monday";
    """
    found = rules.read("mine", script)
    assert found.forwards == ("boss@home.test", "bob@corp.test")
    assert found.answers
    assert rules.read("mine", "keep;") == rules.Rules("mine", "keep;")


@pytest.mark.clause("G4.2.3")
@pytest.mark.parametrize("who", ["bob", "carol", "dave", "charlie"])
def test_nobody_sees_or_ends_anothers_rules(cast: Cast, instance: Instance, who: str) -> None:
    actor = cast.actor(getattr(cast, who))
    with pytest.raises(Refusal, match=r"permission.missing"):
        rules.own_rules(actor=actor, instance=instance, mailbox=cast.alice)
    with pytest.raises(Refusal, match=r"permission.missing"):
        rules.switch_off_rules(actor=actor, mailbox=cast.alice)
    assert not Outbox.objects.filter(payload__do__startswith="rules.").exists()


def test_the_owner_asks_and_ends(cast: Cast, instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    actor = cast.actor(cast.alice)
    monkeypatch.setattr(asking, "PATIENCE", 0.0)
    assert rules.own_rules(actor=actor, instance=instance, mailbox=cast.alice) is None
    order = Outbox.objects.get(payload__do="rules.read").payload
    rules.answer_read(instance, order)
    assert answers.read(instance, f"look-rules-{order['token']}") == {"name": "", "text": ""}
    rules.switch_off_rules(actor=actor, mailbox=cast.alice)
    rules.switch_off(instance, Outbox.objects.get(payload__do="rules.off").payload)
    assert Event.objects.filter(kind="rules.off", subject="alice@corp.test", actor="alice@corp.test").exists()
    with pytest.raises(ValueError):
        rules.answer_read(instance, order | {"token": "../x"})
