"""The port for plain HTTP: challenges, and the way to HTTPS; nothing else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hongyan.faces.web.plain import Plain


@pytest.fixture
def plain(tmp_path: Path) -> Plain:
    folder = tmp_path / ".well-known" / "acme-challenge"
    folder.mkdir(parents=True)
    (folder / "abc").write_text("abc.thumb")
    return Plain(tmp_path, "https://mail.corp.test")


def ask(plain: Plain, line: str) -> tuple[int, str, bytes]:
    head, _, body = plain.answer(f"{line}\r\nHost: autodiscover.corp.test\r\n\r\n".encode()).partition(b"\r\n\r\n")
    fields = dict(row.split(": ", 1) for row in head.decode().split("\r\n")[1:])
    assert int(fields["Content-Length"]) == len(body) and fields["Connection"] == "close"
    return int(head.split()[1]), fields.get("Location", ""), body


def test_challenges_are_answered(plain: Plain) -> None:
    assert ask(plain, "GET /.well-known/acme-challenge/abc HTTP/1.1") == (200, "", b"abc.thumb")
    for bad in ("none", "../../../etc/passwd", "..%2f", "", "a/b"):
        assert ask(plain, f"GET /.well-known/acme-challenge/{bad} HTTP/1.1")[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/mailbox/setup",
        "/autodiscover/autodiscover.xml",
        "/mail/config-v1.1.xml?emailaddress=a%40b.test",
        "//evil.test/",
    ],
)
def test_everything_else_leads_to_the_webs_own_address(plain: Plain, path: str) -> None:
    assert ask(plain, f"GET {path} HTTP/1.1") == (302, f"https://mail.corp.test{path}", b"")


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("POST / HTTP/1.1", 405),
        ("GET http://evil.test/ HTTP/1.1", 400),
        ("GET", 400),
        ("", 400),
        ("GET /\x01 HTTP/1.1", 400),
    ],
)
def test_what_is_no_request_for_a_page(plain: Plain, line: str, status: int) -> None:
    assert ask(plain, line) == (status, "", b"")


def test_endless_heads_and_silence_end(plain: Plain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hongyan.faces.web.plain.SECONDS", 0.2)

    async def run() -> list[bytes]:
        server = await asyncio.start_server(plain._connection, "127.0.0.1", 0, limit=8192)
        port = server.sockets[0].getsockname()[1]
        answers = []
        for sent in (b"GET / HTTP/1.1\r\n" + b"x" * 20000, b"GET / HT", b"GET / HTTP/1.1\r\n\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            try:
                answers.append(await reader.read())
            except ConnectionResetError:
                answers.append(b"")
            writer.close()
        server.close()
        return answers

    long, silent, whole = asyncio.run(run())
    assert (long, silent) == (b"", b"") and whole.startswith(b"HTTP/1.1 302")
