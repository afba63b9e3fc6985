"""A mailbox that was opened this very second: what is taken for it arrives (promise 6), on a machine where Dovecot is
asked for others all the time and so looks at its files once a second only."""

from __future__ import annotations

import functools
import hashlib
import itertools
import subprocess
import threading
import time
from collections.abc import Iterator
from email.policy import SMTP

import pytest

from tests.system.hands import Running, answer, eventually, message


def shard(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[0]


@pytest.fixture
def asked(world: Running) -> Iterator[None]:
    """Somebody looks up Alice without pause."""
    enough = threading.Event()

    def look() -> None:
        while not enough.is_set():
            conf = str(world.instance.live / "etc/dovecot.conf")
            subprocess.run(
                ["/usr/bin/doveadm", "-c", conf, "user", "alice@corp.test"], capture_output=True, check=False
            )

    thread = threading.Thread(target=look)
    thread.start()
    yield
    enough.set()
    thread.join(30)


@pytest.mark.usefixtures("asked")
def test_nothing_taken_for_a_new_mailbox_is_returned(world: Running) -> None:
    neighbours = (f"opened{n}@corp.test" for n in itertools.count())
    for address in itertools.islice((a for a in neighbours if shard(a) == shard("alice@corp.test")), 3):
        taken: list[str] = []

        def write(address: str = address, taken: list[str] = taken) -> None:
            end = time.monotonic() + 20
            while len(taken) < 8 and time.monotonic() < end:
                subject = f"at-once-{len(taken)}"
                text = message("writer@outside.test", address, subject=subject).as_bytes(policy=SMTP)
                with world.mx() as client:
                    if answer(client, "writer@outside.test", [address], text)[0] == 250:
                        taken.append(subject)
                time.sleep(0.01)

        writer = threading.Thread(target=write)
        writer.start()
        world.open(address)
        writer.join(40)
        assert len(taken) == 8
        eventually(functools.partial(all_there, world, address), 15, f"all mail of {address}")


def all_there(world: Running, address: str) -> bool:
    return world.subjects(address, "at-once") == 8
