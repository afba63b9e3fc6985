from __future__ import annotations

import html
import re

import pytest

from hongyan.company.mailboxes.actions import add_app_password
from hongyan.company.mailboxes.models import AppPassword
from hongyan.company.people.hashing import app_password_hash
from hongyan.company.people.models import WebSession
from hongyan.faces.portal import usage
from hongyan.kernel import ledger
from hongyan.kernel.instance import Instance
from hongyan.kernel.models import Event, Outbox
from tests.cast import Cast
from tests.faces.conftest import Visit

MIB = 1024 * 1024


def text_of(page: bytes) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", page.decode()).split()))


@pytest.mark.parametrize(
    ("used_mb", "said"),
    [
        (0, "0 MB of 3 GB"), (1024, "2 GB free"), (2458, "Four fifths"), (2765, "Nine tenths"), (2919, "Almost full"),
        (3072, "new mail is refused"), (3500, "new mail is refused"), (None, "cannot be read now"),
    ],
)  # fmt: skip
def test_usage_is_shown_in_the_words_of_its_level(
    cast: Cast, visit: Visit, monkeypatch: pytest.MonkeyPatch, used_mb: int | None, said: str
) -> None:
    """Clause B4.6."""
    monkeypatch.setattr(usage, "quota_used", lambda instance, address: None if used_mb is None else used_mb * MIB)
    assert said in text_of(visit(cast.charlie).get("/mailbox").content)


def test_an_app_password_is_shown_once_and_kept_as_a_hash(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.alice)
    answer = browser.post("/mailbox/devices", {"device": "平板", "protocols": ["imap", "smtp"]})
    shown = re.search(r'id="app-password">([^<]+)<', answer.content.decode())
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store" and shown
    row = AppPassword.objects.get()
    assert (row.sha256, row.protocols) == (app_password_hash(shown[1]), ["imap", "smtp"])
    later = browser.get("/mailbox").content.decode()
    assert "平板" in later and shown[1] not in later


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"device": " ", "protocols": "imap"}, "device"),
        ({"device": "x"}, "protocol"),
        ({"device": "x", "protocols": "ftp"}, "protocol"),
    ],
)
def test_a_refused_device_says_why_and_keeps_the_form(
    cast: Cast, visit: Visit, form: dict[str, str], said: str
) -> None:
    answer = visit(cast.charlie).post("/mailbox/devices", form)
    page = answer.content.decode()
    assert answer.status_code == 422 and re.search(rf'role="alert"[^>]*>.*{said}', page, re.IGNORECASE | re.DOTALL)
    assert "<details open>" in page and not AppPassword.objects.exists()


def test_a_revoked_device_is_gone_and_the_engines_are_told(cast: Cast, visit: Visit) -> None:
    row, _ = add_app_password(actor=cast.actor(cast.alice), mailbox=cast.alice, device="iPhone")
    browser = visit(cast.alice)
    Outbox.objects.all().delete()
    assert browser.post(f"/mailbox/devices/{row.pk}/revoke").status_code == 303
    assert "iPhone" not in browser.get("/mailbox").content.decode()
    assert Outbox.objects.get().payload["sessions"] == ["alice@corp.test"]


def test_an_outsider_revokes_nothing(cast: Cast, visit: Visit) -> None:
    row, _ = add_app_password(actor=cast.actor(cast.alice), mailbox=cast.alice, device="iPhone")
    for outsider in (cast.charlie, cast.bob):
        assert visit(outsider).post(f"/mailbox/devices/{row.pk}/revoke").status_code == 404
    assert AppPassword.objects.get().revoked_at is None


def test_one_of_ones_sessions_is_ended_and_no_other(cast: Cast, visit: Visit) -> None:
    here, there = visit(cast.alice), visit(cast.alice)
    page = here.get("/mailbox").content.decode()
    ends = re.findall(r'action="(/mailbox/sessions/\w+/end)"', page)
    assert len(ends) == 1 and page.count("目前這個") == 1
    assert here.post(ends[0]).headers["Location"] == "/mailbox?said=session#sessions"
    assert there.get("/mailbox").status_code == 303 and here.get("/mailbox").status_code == 200


def test_an_outsider_ends_no_session(cast: Cast, visit: Visit) -> None:
    alice, charlie = visit(cast.alice), visit(cast.charlie)
    key = WebSession.objects.get(account=cast.alice.account).session_key
    assert charlie.post(f"/mailbox/sessions/{key}/end").status_code == 404
    assert alice.get("/mailbox").status_code == 200


def test_signing_out_everywhere_ends_all_and_kicks_mail_programs(cast: Cast, visit: Visit) -> None:
    here, there, bob = visit(cast.alice), visit(cast.alice), visit(cast.bob)
    Outbox.objects.all().delete()
    answer = here.post("/signout-everywhere")  # clause B4.7
    assert answer.headers["Location"] == "/signin?said=everywhere"
    assert [b.get("/mailbox").status_code for b in (here, there, bob)] == [303, 303, 200]
    assert Outbox.objects.get().payload["sessions"] == ["alice@corp.test"]
    assert "登出" in here.get("/signin?said=everywhere", headers={"accept-language": "zh-TW"}).content.decode()


def test_recent_sign_ins_are_ones_own(cast: Cast, visit: Visit) -> None:
    entries = [
        ledger.Entry("signin.ok", "a", "alice@corp.test", {"protocol": "imap", "remote": "203.0.113.7", "count": 3,
                     "client": '"name" "Foxmail" "version" "7.2"'}),
        ledger.Entry("signin.locked", "a", "alice@corp.test", {"protocol": "smtp", "remote": "198.51.100.9"}),
        ledger.Entry("signin.ok", "b", "bob@corp.test", {"protocol": "imap", "remote": "203.0.113.99"}),
    ]  # fmt: skip
    ledger.record_all("corp", entries)
    seen = text_of(visit(cast.alice).get("/mailbox").content)
    assert "IMAP · Foxmail 7.2 × 3 203.0.113.7" in seen and "已鎖定" in seen and "203.0.113.99" not in seen


def test_an_account_without_a_mailbox_is_told_so(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.alice)
    cast.alice.account = None
    cast.alice.save()
    assert "這個帳號沒有郵箱" in browser.get("/mailbox").content.decode()
    assert browser.post("/mailbox/devices", {"device": "x", "protocols": "imap"}).status_code == 404


def test_the_language_is_kept_for_the_account_and_the_browser(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.alice)
    assert browser.post("/language", {"locale": "en", "next": "/mailbox"}).headers["Location"] == "/mailbox"
    assert '<html lang="en">' in browser.get("/mailbox").content.decode()
    assert Event.objects.filter(kind="account.locale", subject="alice@corp.test").count() == 1
    browser.post("/signout")
    assert '<html lang="en">' in browser.get("/signin", headers={"accept-language": "zh-TW"}).content.decode()


def test_an_unknown_language_changes_nothing(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.alice)
    assert browser.post("/language", {"locale": "fr", "next": "//evil.test"}).headers["Location"] == "/"
    assert '<html lang="zh-Hant">' in browser.get("/mailbox").content.decode()


def test_how_to_connect_is_there(cast: Cast, visit: Visit, instance: Instance) -> None:
    seen = text_of(visit(cast.charlie).get("/mailbox").content)
    ports = instance.ports
    assert f"IMAP localhost {ports['imaps']} SSL/TLS" in seen
    assert f"SMTP localhost {ports['submissions']} SSL/TLS" in seen


def test_names_cannot_carry_markup(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.alice)
    browser.post("/mailbox/devices", {"device": "<script>x</script>", "protocols": "imap"})
    page = browser.get("/mailbox").content.decode()
    assert "&lt;script&gt;x" in page and "<script>x" not in page
