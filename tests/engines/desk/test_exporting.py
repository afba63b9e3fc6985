"""Archives: what other programs read in them, odd folders and messages, encryption."""

from __future__ import annotations

import email
import hashlib
import json
import mailbox
import tarfile
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from hypothesis import given, strategies as st
from pyrage import decrypt, x25519

from hongyan.engines.desk import exporting
from hongyan.engines.desk.preauth import Message, decode, encode
from hongyan.kernel.instance import Instance
from tests.instance import make_instance

RAW = b"From: a@x.test\r\nMessage-ID: <%d@x>\r\nSubject: =?utf-8?b?5L2g5aW9?= %d\r\n\r\nFrom here\r\n>From there\r\n.\r\nend"
FOLDERS = {
    "INBOX": [Message("INBOX", 3, ("\\Seen", "\\Flagged", "$Junk"), 1700000000.0, RAW % (1, 1))],
    "Projects/2026.a": [Message("Projects/2026.a", n, (), 1700000000.0 + n, RAW % (n, n)) for n in (7, 8)],
    "專案/報價": [Message("專案/報價", 1, ("\\Answered",), 1700000000.0, b"\r\nno header at all\xff\r\n")],
    "a:b": [Message("a:b", 1, (), 0.0, RAW % (9, 9))],
    "a?b": [],
}


class Reader:
    """A mailbox as `preauth.Reader` gives it."""

    def __init__(self, instance: Instance, address: str) -> None:
        self.address = address

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        return

    def folders(self) -> list[str]:
        return list(FOLDERS)

    def messages(self, folder: str) -> list[Message]:
        return FOLDERS[folder]


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Instance:
    monkeypatch.setattr(exporting, "Reader", Reader)
    return make_instance(tmp_path)


def unpacked(instance: Instance, tmp_path: Path, form: str) -> tuple[Path, dict[str, Any]]:
    made = exporting.export(instance, "alice@corp.test", "7-alice", form, about={"company": "corp"})
    path = exporting.directory(instance) / made.file
    assert list(exporting.verify(path)) == []
    assert (made.sha256, made.messages, made.folders) == (exporting.digest(path), 5, 5)
    assert path.stat().st_mode & 0o777 == 0o600
    place = tmp_path / "out"
    place.mkdir()
    with tarfile.open(path) as tar:
        assert not [name for name in tar.getnames() if name.startswith("/") or ".." in name.split("/")]
        tar.extraction_filter = getattr(tarfile, "data_filter", None)  # Debian 12 has none yet
        tar.extractall(place)
    manifest = (place / "manifest.json").read_bytes()
    assert hashlib.sha256(manifest).hexdigest() == made.manifest_sha256
    told: dict[str, Any] = json.loads(manifest)
    assert (told["mailbox"], told["company"], len(told["messages"])) == ("alice@corp.test", "corp", 5)
    raw = {hashlib.sha256(m.raw).hexdigest() for messages in FOLDERS.values() for m in messages}
    assert {m["sha256"] for m in told["messages"]} == raw
    return place, told


@pytest.mark.clause("B4.8")
def test_maildir(instance: Instance, tmp_path: Path) -> None:
    place, told = unpacked(instance, tmp_path, "maildir")
    box = mailbox.Maildir(place / "Maildir", create=False)
    inbox = [box.get_message(key) for key in box.keys()]  # noqa: SIM118 - no mapping
    assert [(m["message-id"], m.get_flags(), m.get_date()) for m in inbox] == [("<1@x>", "FS", 1700000000.0)]
    assert {decode(name) for name in box.list_folders()} == {"Projects.2026_a", "專案.報價", "a:b", "a?b"}
    assert len(box.get_folder("Projects.2026_a")) == 2
    assert told["messages"][0]["flags"] == ["\\Seen", "\\Flagged", "$Junk"]


@pytest.mark.clause("B4.8")
def test_mbox(instance: Instance, tmp_path: Path) -> None:
    place, _ = unpacked(instance, tmp_path, "mbox")
    box = mailbox.mbox(place / "mbox/Projects/2026.a.mbox", create=False)
    assert [m["message-id"] for m in box] == ["<7@x>", "<8@x>"]
    assert b">From here\n>>From there\n" in box.get_bytes(box.keys()[0])  # quoted, so that it can be undone
    box.close()
    assert (place / "mbox/a_b.mbox").stat().st_size > 0 and (place / "mbox/a_b.2.mbox").stat().st_size == 0


@pytest.mark.clause("B4.8")
def test_eml(instance: Instance, tmp_path: Path) -> None:
    place, told = unpacked(instance, tmp_path, "eml")
    for row in told["messages"]:
        assert hashlib.sha256((place / row["path"]).read_bytes()).hexdigest() == row["sha256"]
    first = email.message_from_bytes((place / "eml/INBOX/000001.eml").read_bytes())
    assert first["message-id"] == "<1@x>"


@pytest.mark.clause("B4.8")
def test_an_encrypted_one_opens_with_its_key_alone(instance: Instance, tmp_path: Path) -> None:
    key = x25519.Identity.generate()
    made = exporting.export(instance, "alice@corp.test", "7-alice", "eml", str(key.to_public()), about={})
    path = exporting.directory(instance) / made.file
    assert made.file.endswith(".tar.gz.age") and b"alice" not in path.read_bytes()
    assert [p.name for p in exporting.directory(instance).iterdir()] == [
        made.file
    ]  # nothing readable is left beside it
    plain = tmp_path / "plain.tar.gz"
    plain.write_bytes(decrypt(path.read_bytes(), [key]))
    assert list(exporting.verify(plain)) == []


def test_damage_is_found(instance: Instance, tmp_path: Path) -> None:
    made = exporting.export(instance, "alice@corp.test", "7-alice", "eml", about={})
    damaged = tmp_path / "damaged.tar.gz"
    with tarfile.open(exporting.directory(instance) / made.file) as old, tarfile.open(damaged, "w:gz") as new:
        for info in old:
            if info.name != "eml/INBOX/000001.eml":
                new.addfile(info, old.extractfile(info))
    assert list(exporting.verify(damaged)) == ["eml/INBOX/000001.eml"]


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"))))
def test_folder_names_come_back(name: str) -> None:
    assert decode(encode(name)) == name
    assert encode(name).isascii()
