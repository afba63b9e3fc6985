"""Root's side of leaving: what is removed and what never, orders that are none, messages as text."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from hongyan.company.leaving import actions, ending, looking, steps
from hongyan.company.leaving.models import Deletion, Leaving
from hongyan.company.mailboxes.models import Mailbox
from hongyan.engines.control import RunningEngines
from hongyan.engines.desk import exporting, leavers, reading, removing
from hongyan.engines.desk.work import perform
from hongyan.kernel import clock
from hongyan.kernel.instance import Instance
from hongyan.kernel.models import Outbox
from tests.cast import Cast
from tests.instance import make_instance


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Instance:
    monkeypatch.setattr(RunningEngines, "end_sessions", lambda self, logins: None)
    return make_instance(tmp_path)


@pytest.fixture
def deletion(cast: Cast, instance: Instance) -> Deletion:
    """Alice's mail: three files, two of them messages; its period is over, it is archived, the office said so."""
    assert cast.alice.person is not None and cast.bob.person is not None
    leaving = actions.begin(
        actor=cast.operator, person=cast.alice.person, kind="immediate", reason="令", successor=cast.bob.person
    )
    steps.note_rules(leaving, {})
    actions.tick(actor=cast.operator, leaving=leaving, step="handover")
    Leaving.objects.update(retain_until=clock.today() - timedelta(days=1))
    steps.advance(leaving)
    file = exporting.directory(instance) / "a.tar.gz"
    file.write_bytes(b"archive")
    ending.note_export(leaving.exports.get(), ending.Made("a.tar.gz", exporting.digest(file), "", 7, 2, 1))
    steps.advance(leaving)
    ending.finish(actor=cast.operator, leaving=leaving, reason="due")
    folder = instance.mail / "corp.test/alice/mail/mailboxes/INBOX/dbox-Mails"
    folder.mkdir(parents=True)
    for name in ("u.1", "u.2", "dovecot.index"):
        (folder / name).write_bytes(b"12345")
    (instance.mail / "corp.test/bob").mkdir()
    return Deletion.objects.select_related("leaving__company", "leaving__person", "mailbox", "export").get()


@pytest.mark.clause("B4.8")
def test_the_mail_is_gone_from_disk_and_counted(instance: Instance, deletion: Deletion) -> None:
    removing.remove(instance, deletion)
    assert sorted(p.name for p in (instance.mail / "corp.test").iterdir()) == ["bob"]
    deletion.refresh_from_db()
    assert (deletion.state, deletion.files, deletion.messages, deletion.size) == ("done", 3, 2, 15)
    assert Leaving.objects.get().state == "done"
    assert Leaving.objects.get().steps.get(name="ending").detail["paper"].startswith("DC-")


@pytest.mark.clause("B4.8")
def test_a_run_that_was_interrupted_is_finished_with_its_numbers(
    instance: Instance, deletion: Deletion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(path: Path) -> None:
        raise OSError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", killed)
        with pytest.raises(OSError, match="killed"):
            removing.remove(instance, deletion)
    removing.remove(instance, deletion)
    deletion.refresh_from_db()
    assert (deletion.state, deletion.messages) == ("done", 2)
    assert not list(instance.mail.glob(".deleted-*"))


def held(instance: Instance, deletion: Deletion) -> None:
    Leaving.objects.update(held_at=clock.now(), held_reason="court")


def early(instance: Instance, deletion: Deletion) -> None:
    Leaving.objects.update(retain_until=clock.today())


def opened(instance: Instance, deletion: Deletion) -> None:
    Mailbox.objects.filter(pk=deletion.mailbox_id).update(closed_at=None)


def lost(instance: Instance, deletion: Deletion) -> None:
    (exporting.directory(instance) / "a.tar.gz").unlink()


def changed(instance: Instance, deletion: Deletion) -> None:
    (exporting.directory(instance) / "a.tar.gz").write_bytes(b"another")


def linked(instance: Instance, deletion: Deletion) -> None:
    home = instance.mail / "corp.test/alice"
    home.rename(instance.root / "elsewhere")
    home.symlink_to(instance.root / "elsewhere")


def outside(instance: Instance, deletion: Deletion) -> None:
    Mailbox.objects.filter(pk=deletion.mailbox_id).update(home="../state")


@pytest.mark.clause("B4.8")
@pytest.mark.parametrize("change", [held, early, opened, lost, changed, linked, outside])
def test_nothing_is_removed_when_something_is_not_as_it_must_be(
    instance: Instance, deletion: Deletion, change: Callable[[Instance, Deletion], None]
) -> None:
    change(instance, deletion)
    again = Deletion.objects.select_related("leaving__company", "leaving__person", "mailbox", "export").get()
    with pytest.raises(removing.NotYet):
        removing.remove(instance, again)
    assert len([p for p in instance.root.rglob("u.*") if p.is_file()]) == 2
    assert Deletion.objects.get().state == "waiting"


@pytest.mark.clause("G2.1.5")
def test_root_looks_again_whether_a_look_is_allowed(cast: Cast, instance: Instance) -> None:
    assert cast.alice.person is not None
    leaving = actions.begin(actor=cast.operator, person=cast.alice.person, kind="immediate", reason="令")
    look = looking.ask_look(actor=cast.actor(cast.bob), leaving=leaving, mailbox=cast.alice, reason="x")
    started: list[list[str]] = []
    order = {"do": "leaving.look", "look": look.pk, "what": "list", "folder": "INBOX", "token": "0123456789abcdef"}
    with pytest.raises(ValueError, match=r"look\.not_open"):
        perform(instance, None, order)
    looking.allow_look(actor=cast.actor(cast.carol), look=look)
    leavers.read(instance, order, lambda _, argv: started.append(argv))
    assert started[0][-5:] == ["0123456789abcdef", "alice@corp.test", "list", "INBOX", "0"]
    for bad in ({"token": "../x"}, {"what": "all"}):
        with pytest.raises(ValueError, match="order"):
            leavers.read(instance, order | bad, lambda _, argv: started.append(argv))
    assert len(started) == 1


def test_own_rules_that_are_not_there_are_no_trouble(cast: Cast, instance: Instance) -> None:
    assert cast.alice.person is not None
    leaving = actions.begin(actor=cast.operator, person=cast.alice.person, kind="immediate", reason="令")
    order = Outbox.objects.get(kind="operate", payload__do="leaving.rules").payload
    perform(instance, None, order)
    assert leaving.steps.get(name="rules").state == "done"


def test_a_message_is_shown_as_text() -> None:
    html = b"Content-Type: text/html; charset=utf-8\r\n\r\n<style>x{}</style><p>One<br>two</p><script>bad()</script>&lt;b&gt;"
    message = message_from_bytes(html, policy=default)
    assert isinstance(message, EmailMessage)
    assert reading.text_of(message) == ("One\ntwo\n<b>", False)
    odd = message_from_bytes(b"Content-Type: text/plain; charset=nonsense\r\n\r\nhello", policy=default)
    assert isinstance(odd, EmailMessage)
    assert reading.text_of(odd)[0] == "hello"
