"""Spam and viruses: refused or put into Junk, on the way in and on the way out."""

from __future__ import annotations

import base64
import io
import zipfile
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from tests.system.hands import Running, answer, message

GRACE = "grace@corp.test"
#: Rspamd's test pattern and EICAR's test file, encoded so that no scanner takes this file for what it tests.
TO_REFUSE = base64.b64decode(
    "WEpTKkM0SkRCUUFETjEuTlNCTjMqMklETkVOKkdUVUJFLVNUQU5EQVJELUFOVEktVUJFLVRFU1QtRU1BSUwqQy4zNFg="
).decode()
EICAR = base64.b64decode("WDVPIVAlQEFQWzRcUFpYNTQoUF4pN0NDKTd9JEVJQ0FSLVNUQU5EQVJELUFOVElWSVJVUy1URVNULUZJTEUhJEgrSCo=")


def zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("報表.txt", content)
    return file.getvalue()


def with_file(sender: str, subject: str, content: bytes, packed: bool) -> bytes:
    text: EmailMessage = message(sender, GRACE, subject=subject, body="附件請查收。\n")
    kind = ("application", "zip", "報表.zip") if packed else ("text", "plain", "報表.txt")
    text.add_attachment(content, maintype=kind[0], subtype=kind[1], filename=kind[2])
    return text.as_bytes(policy=SMTP)


@pytest.mark.clause("R3", "B4.4")
def test_certain_spam_is_refused_on_arrival_and_on_sending(world: Running) -> None:
    code, text = world.arrive(GRACE, subject="spam-refused", body=TO_REFUSE + "\n")
    assert code == 554 and "5.7.1" in text
    with world.submit("alice@corp.test") as client:
        data = message("alice@corp.test", GRACE, subject="spam-refused", body=TO_REFUSE + "\n").as_bytes(policy=SMTP)
        assert answer(client, "alice@corp.test", [GRACE], data)[0] == 554
    assert world.subjects(GRACE, "spam-refused") + world.subjects(GRACE, "spam-refused", "Junk") == 0


@pytest.mark.clause("R3", "P6")
def test_probable_spam_lands_in_junk(world: Running) -> None:
    """By Rspamd's own rules about how a message is made."""
    data = b"Subject: =?utf-8?B?QlVZIE5PVw==?= spam-scored\r\nContent-Type: text/html\r\n\r\n<a href='http://1.2.3.4/'>x</a>\r\n"
    with world.mx() as client:
        assert answer(client, "win@outside.test", [GRACE], data)[0] == 250
    assert b"\r\nX-Spam: Yes" in world.found(GRACE, "spam-scored", folder="Junk")
    assert world.subjects(GRACE, "spam-scored") == 0


@pytest.mark.clause("R3")
def test_an_ordinary_mail_is_not_spam(world: Running) -> None:
    assert world.arrive(GRACE, subject="ordinary-mail", body="請於星期五前回覆。\n")[0] == 250
    assert b"X-Spam: Yes" not in world.found(GRACE, "ordinary-mail")


@pytest.mark.clause("B4.3", "R3")
@pytest.mark.parametrize("way", ["arrival", "sending"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "zip"])
def test_a_virus_is_refused(world: Running, way: str, packed: bool) -> None:
    subject = f"virus-{way}-{packed}"
    content = zipped(EICAR) if packed else EICAR
    sender = "writer@outside.test" if way == "arrival" else "alice@corp.test"
    with world.mx() if way == "arrival" else world.submit(sender) as client:
        code, text = answer(client, sender, [GRACE], with_file(sender, subject, content, packed))
        assert code == 554 and "virus" in text.lower(), text
        clean = zipped(b"nothing bad here") if packed else b"nothing bad here"
        code, text = answer(client, sender, [GRACE], with_file(sender, subject, clean, packed))
        assert code == 250, text
    world.found(GRACE, subject)
    assert world.subjects(GRACE, subject) == 1
