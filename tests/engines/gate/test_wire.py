from __future__ import annotations

import asyncio
import random
import struct

import pytest

from hongyan.engines.gate import wire
from hongyan.engines.gate.message import Message
from hongyan.engines.gate.wire import CONTINUE, Session
from tests.engines.gate import milter
from tests.engines.gate.world import ALICE, BOB


class Transport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.written, self.ended = b"", False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.ended = True

    abort = close


class Peer:
    def __init__(self, body_octets: int = 0) -> None:
        self.judged: list[Message] = []
        self.transport = Transport()
        self.session = Session(self._judge, frozenset({"from"}), body_octets, set())
        self.session.connection_made(self.transport)

    def _judge(self, message: Message) -> bytes:
        self.judged.append(message)
        return CONTINUE

    def feed(self, data: bytes, step: int = 0) -> Message:
        for at in range(0, len(data), step or len(data)):
            self.session.data_received(data[at : at + (step or len(data))])
        return self.judged[-1]


MESSAGE = milter.message(
    "alice@corp.test", BOB, "x+y@example.org", login="Alice@Corp.Test", arguments=("SIZE=12345", "BODY=8BITMIME"),
    headers=(("Subject", "合同"), ("From", "愛麗 <alice@corp.test>"), ("FROM", "two")), body=b"x" * 200_000,
)  # fmt: skip


@pytest.mark.parametrize("step", [0, 5, 97, 1000, 65536])
def test_a_message_is_read_alike_however_its_octets_arrive(step: int) -> None:
    peer = Peer()
    _check(peer.feed(MESSAGE, step))
    assert peer.transport.written == CONTINUE


def _check(message: Message) -> None:
    assert (message.login, message.sender, message.listener, message.client) == (
        ALICE,
        ALICE,
        "submission",
        "192.0.2.1",
    )
    assert message.recipients == [BOB, "x+y@example.org"]
    assert message.headers == {"from": ["愛麗 <alice@corp.test>", "two"]}
    assert (message.declared_size, message.queue_id, message.body) == (12345, "4abc", None)
    headers = "Subject: 合同\r\nFrom: 愛麗 <alice@corp.test>\r\nFROM: two\r\n\r\n"
    assert message.size == len(headers.encode()) + 200_000


def test_random_cuts() -> None:
    rng = random.Random(6)
    for _ in range(50):
        peer, at = Peer(), 0
        while at < len(MESSAGE):
            size = rng.choice((1, 3, 50, 9000, 70000))
            peer.session.data_received(MESSAGE[at : at + size])
            at += size
        _check(peer.judged[-1])


def test_nothing_of_one_message_reaches_the_next() -> None:
    peer = Peer()
    peer.feed(MESSAGE)
    second = peer.feed(milter.frame("M", b"<>\0") + milter.frame("R", b"<bob@corp.test>\0") + milter.frame("E"))
    assert (second.login, second.sender, second.listener, second.queue_id) == ("", "", "", "")
    assert (second.recipients, second.headers, second.size, second.declared_size) == ([BOB], {}, 2, 0)


def test_an_aborted_message_is_forgotten() -> None:
    peer = Peer()
    start = milter.message(ALICE, "one@example.org", login=ALICE)
    peer.session.data_received(start[: start.index(b"hello")])
    peer.session.data_received(b"hello\r\n" + milter.frame("A"))
    assert peer.feed(milter.message(ALICE, BOB)).recipients == [BOB]
    assert len(peer.judged) == 1


def test_the_body_is_kept_only_when_asked_for_and_only_so_much() -> None:
    assert Peer(body_octets=70_000).feed(MESSAGE, 1000).body == bytearray(b"x" * 70_000)
    assert Peer(body_octets=10).feed(milter.message(ALICE, BOB, body=b"abc")).body == bytearray(b"abc")


def test_negotiation_wants_no_reply_but_at_the_end() -> None:
    version, actions, protocol = struct.unpack_from("!III", wire.negotiation(milter.OPTIONS), 5)
    assert (version, actions, protocol) == (6, 0x105, wire.PROTOCOL)  # add headers, recipients; choose macros
    assert b"{auth_authen} {listener} {client_addr}\0" in wire.negotiation(milter.OPTIONS)


@pytest.mark.parametrize(
    "data",
    [
        milter.frame("O", struct.pack("!III", 2, 0x1FF, 0x1FFFFF)),
        milter.frame("O", struct.pack("!III", 6, 0x1FF, 0x3F)),
        milter.frame("O", struct.pack("!III", 6, 0, 0x1FFFFF)),
        milter.frame("O"),
        milter.frame("E"),
        milter.frame("R", b"<a@b>\0"),
        milter.frame("B", b"x"),
        milter.frame("D"),
        milter.frame("Z"),
        b"\0\0\0\0x",
        b"\xff\xff\xff\xffL",
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_a_peer_that_breaks_the_protocol_is_cut_off(data: bytes) -> None:
    peer = Peer()
    peer.session.data_received(data)
    assert peer.transport.ended and not peer.judged


@pytest.mark.parametrize("size", ["", "x", "-1", "1e9", "²"])
def test_a_strange_declared_size_counts_as_none(size: str) -> None:
    assert Peer().feed(milter.message(ALICE, BOB, arguments=(f"SIZE={size}",))).declared_size == 0


def test_a_percent_sign_is_doubled_in_replies() -> None:
    assert wire.reply("550 5.7.1 100%") == milter.frame("y", b"550 5.7.1 100%%\0")


def test_endless_headers_are_counted_but_not_kept() -> None:
    headers = (("From", "x" * 900_000),) + (("From", "y" * 60_000),) * 50 + (("From", "z"),) * 5000
    message = Peer().feed(milter.message(ALICE, BOB, headers=headers))
    values = message.headers["from"]
    assert (len(values), len(values[0]), len(values[1]), values[-1]) == (100, 65_537, 60_000, "")
    assert sum(map(len, values)) <= 1 << 20
    assert message.size > 3_900_000
