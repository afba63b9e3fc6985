"""A mailbox as an archive that any mail server or program reads: maildir, mbox or eml, with a manifest.

`NAME.tar.gz` holds the messages, `manifest.json` (each message: folder, path, SHA-256 of the message with CRLF, size, date,
flags, Message-ID) and `SHA256SUMS` (of every file, for `sha256sum -c`). With a recipient it is encrypted (age, age1... key).
Always: written aside and renamed; one message in memory at a time; nothing in the mailbox changes.
Standards: RFC 4155 (mbox; lines that begin with From are quoted as in mboxrd), Maildir++ for folders, RFC 5322.
Clauses: B4.8.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from hongyan.company.leaving.ending import Made
from hongyan.engines.desk.preauth import Message, Reader, encode
from hongyan.kernel.instance import Instance

_LETTERS = {"\\Seen": "S", "\\Answered": "R", "\\Flagged": "F", "\\Deleted": "T", "\\Draft": "D"}
_ID = re.compile(rb"^message-id:[ \t]*(?:\r?\n[ \t]+)?(\S[^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_FROM = re.compile(rb"^(>*From )", re.MULTILINE)


def directory(instance: Instance) -> Path:
    """Where archives lie: root's; what is encrypted may be read by our own programs, so that it can be fetched."""
    path = instance.root / "exports"
    path.mkdir(mode=0o750, exist_ok=True)
    with suppress(LookupError, PermissionError):
        shutil.chown(path, group="hongyan")
    path.chmod(0o750)
    return path


def export(
    instance: Instance, address: str, name: str, form: str, recipient: str = "", *, about: dict[str, Any]
) -> Made:
    """`name`: of the file, without its endings. Raises Unreadable, OSError."""
    place = directory(instance)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=place) as aside, Reader(instance, address) as reader:
        archive = Archive(Path(aside), form, {"mailbox": address, "form": form} | about)
        try:
            for folder in reader.folders():
                archive.add_folder(folder, reader.messages(folder))
            made, manifest = archive.close(), archive.manifest_sha256
        finally:
            archive.dispose()
        final = f"{name}.{form}.tar.gz"
        if recipient:
            made, final = _encrypted(made, recipient), f"{final}.age"
        made.chmod(0o640 if recipient else 0o600)
        if recipient:
            with suppress(LookupError, PermissionError):
                shutil.chown(made, group="hongyan")
        sha256, size = digest(made), made.stat().st_size
        _sync(made)
        os.replace(made, place / final)
    return Made(final, sha256, manifest, size, archive.count, archive.folders)


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _encrypted(plain: Path, recipient: str) -> Path:
    from pyrage import encrypt_file, x25519  # for this alone

    sealed = plain.with_suffix(".age")
    encrypt_file(str(plain), str(sealed), [x25519.Recipient.from_str(recipient)])
    plain.unlink()
    return sealed


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(slots=True)
class Archive:
    """The archive while it is made, below `aside`."""

    aside: Path
    form: str
    about: dict[str, Any]
    count: int = 0
    folders: int = 0
    manifest_sha256: str = ""
    _tar: tarfile.TarFile = field(init=False)
    _manifest: IO[bytes] = field(init=False)
    _sums: IO[bytes] = field(init=False)
    _used: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._tar = tarfile.open(self.aside / "archive.tar.gz", "w:gz", compresslevel=6)  # noqa: SIM115 - `close` does
        self._manifest = (self.aside / "manifest").open("w+b")
        self._sums = (self.aside / "sums").open("w+b")
        head = json.dumps(self.about, ensure_ascii=False)[:-1]
        self._manifest.write(f'{head}, "messages": [\n'.encode())

    def add_folder(self, folder: str, messages: Iterable[Message]) -> None:
        self.folders += 1
        match self.form:
            case "maildir":
                self._maildir(folder, messages)
            case "mbox":
                self._mbox(folder, messages)
            case "eml":
                self._eml(folder, messages)
            case _:
                raise ValueError(f"no such format: {self.form}")

    def close(self) -> Path:
        self._manifest.write(b"\n]}\n")
        self.manifest_sha256 = self._add_file("manifest.json", self._manifest)
        self._add_file("SHA256SUMS", self._sums, summed=False)
        self.dispose()
        return self.aside / "archive.tar.gz"

    def dispose(self) -> None:
        """Close its files, whole or not; again does nothing."""
        for file in (self._tar, self._manifest, self._sums):
            file.close()

    # -- formats -------------------------------------------------------------------------------
    def _maildir(self, folder: str, messages: Iterable[Message]) -> None:
        base = "Maildir" if folder == "INBOX" else f"Maildir/.{maildir_name(folder)}"
        for part in ("cur", "new", "tmp"):
            self._directory(f"{base}/{part}")
        if folder != "INBOX":
            self._add_bytes(f"{base}/maildirfolder", b"", time.time())
        for message in messages:
            data = message.raw.replace(b"\r\n", b"\n")
            letters = "".join(sorted(_LETTERS[flag] for flag in message.flags if flag in _LETTERS))
            path = f"{base}/cur/{message.received:.0f}.M{self.count}U{message.uid}.hongyan,S={len(data)}:2,{letters}"
            self._add_bytes(path, data, message.received)
            self._note(path, message)

    def _mbox(self, folder: str, messages: Iterable[Message]) -> None:
        path = self._free(f"mbox/{_safe(folder)}.mbox")
        with tempfile.TemporaryFile(dir=self.aside) as spool:
            for message in messages:
                moment = time.asctime(time.gmtime(message.received))
                spool.write(f"From MAILER-DAEMON {moment}\n".encode("ascii"))
                data = _FROM.sub(rb">\1", message.raw.replace(b"\r\n", b"\n"))
                spool.write(data if data.endswith(b"\n") else data + b"\n")
                spool.write(b"\n")
                self._note(path, message)
            self._add_file(path, spool)

    def _eml(self, folder: str, messages: Iterable[Message]) -> None:
        for number, message in enumerate(messages, 1):
            path = self._free(f"eml/{_safe(folder)}/{number:06}.eml")
            self._add_bytes(path, message.raw, message.received)
            self._note(path, message)

    # -- parts ---------------------------------------------------------------------------------
    def _note(self, path: str, message: Message) -> None:
        found = _ID.search(message.raw.split(b"\r\n\r\n", 1)[0] + b"\r\n")
        row = {
            "folder": message.folder, "path": path, "uid": message.uid, "size": len(message.raw),
            "sha256": hashlib.sha256(message.raw).hexdigest(), "flags": list(message.flags),
            "received": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(message.received)),
            "message_id": found[1].decode("utf-8", "replace").strip() if found else "",
        }  # fmt: skip
        self._manifest.write((",\n" if self.count else "").encode() + json.dumps(row, ensure_ascii=False).encode())
        self.count += 1

    def _directory(self, path: str) -> None:
        info = tarfile.TarInfo(path)
        info.type, info.mode, info.mtime = tarfile.DIRTYPE, 0o700, int(time.time())
        self._tar.addfile(info)

    def _add_bytes(self, path: str, data: bytes, moment: float) -> None:
        info = tarfile.TarInfo(path)
        info.size, info.mode, info.mtime = len(data), 0o600, int(moment)
        self._tar.addfile(info, io.BytesIO(data))
        self._sums.write(f"{hashlib.sha256(data).hexdigest()}  {path}\n".encode())

    def _add_file(self, path: str, file: IO[bytes], *, summed: bool = True) -> str:
        """The whole file, from its beginning; its SHA-256."""
        file.flush()
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        value = hashlib.sha256()
        while piece := file.read(1 << 20):
            value.update(piece)
        file.seek(0)
        info = tarfile.TarInfo(path)
        info.size, info.mode, info.mtime = size, 0o600, int(time.time())
        self._tar.addfile(info, file)
        if summed:
            self._sums.write(f"{value.hexdigest()}  {path}\n".encode())
        return value.hexdigest()

    def _free(self, path: str) -> str:
        """Two folders may be spelled alike once they are file names."""
        wanted, number = path, 1
        while wanted.lower() in self._used:
            number += 1
            stem, dot, ending = path.rpartition(".")
            wanted = f"{stem}.{number}{dot}{ending}"
        self._used.add(wanted.lower())
        return wanted


def maildir_name(folder: str) -> str:
    """`Projects/2026.a` as Maildir++ has it: `Projects.2026_a`, in modified UTF-7."""
    return encode(folder.replace(".", "_")).replace("/", ".")


def _safe(folder: str) -> str:
    """A path below its format's directory: nothing that leads out of it or that a file system refuses."""
    parts = [re.sub(r'[\x00-\x1f\x7f\\:*?"<>|]', "_", part).strip(". ") or "_" for part in folder.split("/")]
    return "/".join(part[:80] for part in parts)


def verify(path: Path) -> Iterator[str]:
    """What does not agree with SHA256SUMS in an unencrypted archive; nothing when all is whole."""
    with tarfile.open(path, "r:gz") as tar:
        told: dict[str, str] = {}
        seen: dict[str, str] = {}
        for info in tar:
            file = tar.extractfile(info) if info.isfile() else None
            if file is None:
                continue
            if info.name == "SHA256SUMS":
                told = {line[66:]: line[:64] for line in file.read().decode().splitlines()}
            else:
                seen[info.name] = hashlib.sha256(file.read()).hexdigest()
    yield from sorted(name for name in told.keys() | seen.keys() if told.get(name) != seen.get(name))
