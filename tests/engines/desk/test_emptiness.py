from __future__ import annotations

from pathlib import Path

import pytest

from hongyan.engines.desk import answers, emptiness
from hongyan.engines.desk.work import perform
from hongyan.kernel.instance import Instance
from hongyan.kernel.models import Outbox
from tests.cast import Cast
from tests.instance import make_instance


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    instance = make_instance(tmp_path)
    for home in ("corp.test/alice", "corp.test/bob", "corp.test/stranger"):
        (instance.mail / home / "mail/mailboxes/INBOX/dbox-Mails").mkdir(parents=True)
        (instance.mail / home / "mail/mailboxes/INBOX/dbox-Mails/dovecot.index.log").touch()
    for home in ("corp.test/bob", "corp.test/stranger"):
        (instance.mail / home / "mail/mailboxes/INBOX/dbox-Mails/u.1").touch()
    return instance


def test_root_tells_of_known_homes_alone(cast: Cast, instance: Instance) -> None:
    homes = ["corp.test/alice", "corp.test/bob", "corp.test/stranger", "../../etc"]
    perform(instance, None, {"do": "mail.lies", "homes": homes, "token": "0123456789abcdef"})
    said = answers.read(instance, "mail-0123456789abcdef")
    assert said == {"lies": {"corp.test/alice": False, "corp.test/bob": True}}
    with pytest.raises(ValueError, match="token"):
        perform(instance, None, {"do": "mail.lies", "homes": homes, "token": "../x"})


def test_without_an_answer_nothing_is_called_empty(
    cast: Cast, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr("hongyan.engines.desk.asking.PATIENCE", 0.05)
    assert emptiness.with_mail(instance, ["corp.test/alice"] * 3) == {}
    assert Outbox.objects.filter(kind="operate").count() == 1
