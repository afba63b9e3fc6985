"""The sender speaks SMTP as servers do, and counts what it is told."""

from __future__ import annotations

import asyncio
from itertools import islice

from bench.load import Outcome, send
from bench.messages import Mailbag, take
from bench.sides import parse_status

RECIPIENTS = ["alice@corp.test", "bob@corp.test"]


def mailbag(size: int = 2048) -> Mailbag:
    return Mailbag(size=size, run="test", sender="charlie@other.test")


def test_messages_have_the_size_asked_for_and_differ() -> None:
    made = [message for _, message in take(mailbag(), RECIPIENTS, 8)]
    assert {len(message) for message in made} == {2048}
    assert len(set(made)) == 8


def test_no_line_needs_stuffing_or_is_too_long() -> None:
    """RFC 5321 4.5.2 and 4.5.3.1.6."""
    for _, message in take(mailbag(10240), RECIPIENTS, 64):
        lines = message.split(b"\r\n")
        assert not any(line.startswith(b".") for line in lines)
        assert b"\n" not in b"".join(lines)


def test_recipients_get_the_same_number() -> None:
    to = [recipient for recipient, _ in take(mailbag(), RECIPIENTS, 10)]
    assert to.count("alice@corp.test") == to.count("bob@corp.test") == 5


class Server:
    """Answers as Postfix does; refuses Bob."""

    def __init__(self) -> None:
        self.sessions = 0
        self.texts: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sessions += 1
        writer.write(b"220 ready\r\n")
        while line := await reader.readline():
            verb = line.split()[0].upper()
            if verb == b"EHLO":
                writer.write(b"250-here\r\n250 PIPELINING\r\n")
            elif verb == b"DATA":
                writer.write(b"354 go on\r\n")
                try:
                    self.texts.append(await reader.readuntil(b"\r\n.\r\n"))
                except asyncio.IncompleteReadError:  # the recipient was refused: the client has gone
                    break
                writer.write(b"250 2.0.0 queued\r\n")
            elif verb == b"RCPT" and b"bob" in line:
                writer.write(b"550 5.1.1 unknown\r\n")
            else:
                writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")
        writer.close()


async def exchange(recipients: list[str], count: int, per_session: int) -> tuple[Server, Outcome]:
    server = Server()
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    queue = take(mailbag(), recipients, count)
    async with asyncio.timeout(20):
        outcome = await send(port, queue, sender="charlie@other.test", senders=2, per_session=per_session)
    listener.close()
    return server, outcome


def test_one_message_a_session() -> None:
    server, outcome = asyncio.run(exchange(["alice@corp.test"], 6, 1))
    assert (server.sessions, outcome.accepted, outcome.refused) == (6, {"alice@corp.test": 6}, {})
    assert len(outcome.took) == 6


def test_several_messages_a_session() -> None:
    server, outcome = asyncio.run(exchange(["alice@corp.test"], 6, 3))
    assert (server.sessions, outcome.count) == (2, 6)


def test_the_text_arrives_as_it_was_made() -> None:
    server, _ = asyncio.run(exchange(["alice@corp.test"], 1, 1))
    (_, message), *_ = islice(take(mailbag(), ["alice@corp.test"], 1), 1)
    assert server.texts == [message + b".\r\n"]


def test_a_refusal_is_counted_not_retried() -> None:
    _, outcome = asyncio.run(exchange(RECIPIENTS, 4, 1))
    assert outcome.accepted == {"alice@corp.test": 2}
    assert outcome.refused == {"rcpt: 550 5.1.1 unknown": 2}


def test_mailboxes_are_counted_whatever_the_order_of_columns() -> None:
    assert parse_status("Username\tmessages\nalice@corp.test\t3\n") == {"alice@corp.test": 3}
    assert parse_status("messages\tUsername\n4\tbob@corp.test\n") == {"bob@corp.test": 4}
