"""Postfix's questions about a domain: answered by DANE, by the MTA-STS resolver behind, or not at all for now."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from hongyan.engines.tlspolicy.names import Names, Unknown
from hongyan.engines.tlspolicy.server import Policy, netstring, read_netstring
from tests.company.dns.nameserver import Zone, answering

SECURE = b"OK secure match=mx.far.test servername=hostname"


class Told:
    """Domains that have DANE, and some that nobody tells about."""

    async def has_dane(self, domain: str) -> bool:
        if domain.startswith("broken"):
            raise Unknown("MX broken.test: timeout")
        return domain.startswith("dane")


async def behind(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Stands in for the MTA-STS resolver: every domain has a policy."""
    request = await read_netstring(reader)
    assert request.startswith(b"postfix ")
    writer.write(netstring(SECURE))
    await writer.drain()
    writer.close()


def within(folder: Path, ask: Callable[[Path], Awaitable[list[str]]], *, alone: bool = False) -> list[str]:
    async def run() -> list[str]:
        policy = Policy(Told(), folder / "behind.sock")
        server = await asyncio.start_unix_server(policy.serve, folder / "front.sock")
        other = None if alone else await asyncio.start_unix_server(behind, folder / "behind.sock")
        try:
            return await ask(folder / "front.sock")
        finally:
            for each in (server, other):
                if each is not None:
                    each.close()

    return asyncio.run(run())


def asking(*domains: str) -> Callable[[Path], Awaitable[list[str]]]:
    """All over one connection, as Postfix does."""

    async def ask(front: Path) -> list[str]:
        reader, writer = await asyncio.open_unix_connection(front)
        answers = []
        for domain in domains:
            writer.write(netstring(b"postfix " + domain.encode()))
            answers.append((await read_netstring(reader)).decode())
        writer.close()
        return answers

    return ask


def test_a_domain_with_dane_is_left_to_dane(tmp_path: Path) -> None:
    answers = within(tmp_path, asking("dane.test", "far.test", "DANE.Test.", "[mx.far.test]", ".far.test"))
    assert answers == ["NOTFOUND ", SECURE.decode(), "NOTFOUND ", "NOTFOUND ", "NOTFOUND "]


def test_what_cannot_be_told_is_tried_again_later(tmp_path: Path) -> None:
    (told,) = within(tmp_path, asking("broken.test"))
    assert told.startswith("TEMP ")
    (told,) = within(tmp_path, asking("far.test"), alone=True)
    assert told.startswith("TEMP ")


@pytest.mark.parametrize("noise", [b"x:abc,", b"99999999999:", b"3:abcX", b"", b"\xff" * 100, b"5:abc"])
def test_noise_ends_the_connection_alone(tmp_path: Path, noise: bytes) -> None:
    async def ask(front: Path) -> list[str]:
        reader, writer = await asyncio.open_unix_connection(front)
        writer.write(noise)
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
        return await asking("far.test")(front)

    assert within(tmp_path, ask) == [SECURE.decode()]


@pytest.mark.skipif(not os.path.exists("/usr/sbin/postmap"), reason="needs Postfix")
def test_postfix_understands_the_answers(tmp_path: Path) -> None:
    async def ask(front: Path) -> list[str]:
        table = f"socketmap:unix:{front}:postfix"
        said = []
        for domain in ("far.test", "dane.test"):
            postmap = await asyncio.create_subprocess_exec(
                "/usr/sbin/postmap", "-c", str(_bare(tmp_path)), "-q", domain, table, stdout=subprocess.PIPE
            )
            out, _ = await postmap.communicate()
            said.append(f"{postmap.returncode} {out.decode().strip()}")
        return said

    assert within(tmp_path, ask) == ["0 secure match=mx.far.test servername=hostname", "1 "]


def _bare(folder: Path) -> Path:
    main = folder / "main.cf"
    main.write_text("compatibility_level = 3.6\n")
    os.utime(main, (0, 0))  # Postfix waits for a main.cf written just now to cool down
    return folder


# -- what the name servers say -----------------------------------------------------------------------------------
ZONE = f"""\
dane.test. IN MX 10 mx.dane.test.
dane.test. IN MX 20 backup.dane.test.
_25._tcp.backup.dane.test. IN TLSA 3 1 1 {"ab" * 32}
plain.test. IN MX 10 mx.plain.test.
_25._tcp.bare.test. IN TLSA 3 1 1 {"ab" * 32}
null.test. IN MX 0 .
"""


@pytest.fixture(scope="module")
def zone() -> Iterator[Zone]:
    with answering(ZONE) as served:
        yield served


def has_dane(zone: Zone, domain: str) -> bool:
    names = Names()
    names._resolver.nameservers, names._resolver.port = ["127.0.0.1"], zone.port
    names._resolver.lifetime = 4.0
    return asyncio.run(names.has_dane(domain))


@pytest.mark.parametrize(
    ("domain", "expected"),
    [("dane.test", True), ("bare.test", True), ("plain.test", False), ("null.test", False), ("none.test", False)],
)
def test_dane_is_what_a_checking_resolver_vouches_for(zone: Zone, domain: str, expected: bool) -> None:
    zone.authentic = True
    assert has_dane(zone, domain) is expected
    zone.authentic = False
    assert has_dane(zone, domain) is False


def test_no_answer_is_neither_yes_nor_no(zone: Zone) -> None:
    zone.authentic, zone.failing = True, "dane.test"
    with pytest.raises(Unknown):
        has_dane(zone, "dane.test")
