"""The publisher: takes `release` entries from the outbox, publishes, ends sessions, prepares new mailboxes, does what
the console asks of root (`operate` entries), and keeps the listing of the mail queue fresh.

Runs as root, alone in being allowed to write `live/`. Several entries waiting at once share one release.
Always: an entry is settled after its release is live; a refused release leaves its entries open with the engine's
words in them and the running configuration untouched; one bad change does not hold up the good ones beside it.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from django.db import close_old_connections

from hongyan.engines import logs
from hongyan.engines.control import RunningEngines, make_homes
from hongyan.engines.desk import answers, work
from hongyan.engines.emptying import Emptying
from hongyan.engines.filling import Filling, Sweep
from hongyan.engines.health import write_health
from hongyan.engines.queue import Listing
from hongyan.engines.storage import Measuring
from hongyan.engines.supervise.rotation import rotate
from hongyan.engines.traffic import Traffic
from hongyan.kernel import ledger, memory, outbox
from hongyan.kernel.instance import Instance
from hongyan.kernel.models import Outbox
from hongyan.release import publish, store

log = logging.getLogger(__name__)
LOOK_SECONDS = 0.5
GATHER_SECONDS = 0.02
#: Dovecot looks at a passwd-file's time at most once a second (engine notes 0.1): whoever signed in with the old
#: table in between is ended by a second kick.
NOTICE_SECONDS = 1.15
HEALTH_SECONDS = 5.0
PREPARE_BATCH = 50
LARGE = 500  #: addresses in one release, that leave much memory behind


@dataclass(slots=True)
class Publisher:
    instance: Instance
    engines: RunningEngines
    kicks: list[tuple[float, tuple[str, ...]]] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    shown: list[tuple[str, str, bool]] = field(
        default_factory=list
    )  #: login, shared mailbox, whether it is shown there
    next_health: float = 0.0
    emptying: Emptying = field(init=False)
    listing: Listing = field(init=False)
    measuring: Measuring = field(init=False)
    filling: Filling = field(init=False)
    sweep: Sweep = field(init=False)
    more: bool = False  #: something was left for the next turn
    traffic: Traffic = field(init=False)

    def __post_init__(self) -> None:
        self.emptying = Emptying(self.instance)
        self.listing = Listing(self.instance)
        self.measuring = Measuring(self.instance)
        self.filling = Filling(self.instance)
        self.sweep = Sweep(self.instance)
        self.traffic = Traffic(self.instance)

    def turn(self) -> None:
        """One look at everything that may be due."""
        self.publish_pending()
        self.kick_due()
        self.prepare()
        self.more = self.filling.turn()
        self.operate()
        self.listing.turn(time.monotonic())
        if time.monotonic() >= self.next_health:
            self.next_health = time.monotonic() + HEALTH_SECONDS
            write_health(self.instance)
            self.traffic.turn()
            rotate(self.instance)
            logs.open_to_web(self.instance)
            answers.clean(self.instance)
            self.emptying.turn(time.time())
            self.measuring.turn(time.time())
            self.sweep.turn(time.monotonic())

    def publish_pending(self) -> None:
        """New entries together; those that were refused before apart from them, so that nothing new waits for these."""
        entries = outbox.pending([outbox.RELEASE])
        for batch in ([e for e in entries if not e.attempts], [e for e in entries if e.attempts]):
            if batch:
                self.publish(batch)

    def publish(self, entries: list[Outbox]) -> None:
        """One release for all of them; when it is refused, halves of them, until the bad ones stand alone."""
        try:
            self._publish_together(entries)
        except publish.REFUSALS as problem:
            if len(entries) == 1 or not self._ground_is_sound():
                self._refused(entries, problem)
                return
            middle = len(entries) // 2
            self.publish(entries[:middle])
            self.publish(entries[middle:])

    def _publish_together(self, entries: list[Outbox]) -> None:
        full = any(e.payload.get("full") for e in entries)
        if full:  # it compiles what was refused before, too
            entries = outbox.still_open(outbox.RELEASE)
        sessions = store.merge_addresses(e.payload.get("sessions", ()) for e in entries)
        addresses = store.merge_addresses(e.payload.get("addresses", ()) for e in entries)
        published = publish.publish(self.instance, publish.Change(addresses=addresses, full=full), self.engines)
        outbox.settle(entries)
        log.info("release %d: %d files, %d addresses", published.number, len(published.changed), len(addresses))
        if full or len(addresses) > LARGE:
            memory.give_back()
        if sessions:
            self.engines.end_sessions(sessions)
            self.kicks.append((time.monotonic() + NOTICE_SECONDS, sessions))

    def _ground_is_sound(self) -> bool:
        """Whether what every release holds (domains, keys, settings) can be compiled: if not, no entry can."""
        try:
            publish.publish(self.instance, publish.Change(), self.engines)
        except publish.REFUSALS:
            return False
        return True

    def _refused(self, entries: list[Outbox], problem: Exception) -> None:
        log.error("release refused: %s", problem)
        outbox.failed(entries, str(problem))
        if any(entry.attempts == 0 for entry in entries):
            ledger.record(
                "release.refused", chain=ledger.INSTANCE, actor="publisher", subject="release", said=str(problem)[:500]
            )

    def kick_due(self) -> None:
        due = [k for k in self.kicks if k[0] <= time.monotonic()]
        self.kicks = [k for k in self.kicks if k not in due]
        for _, sessions in due:
            self.engines.end_sessions(sessions)

    def prepare(self) -> None:
        """Homes at once; folders a few at a time, so that a bulk opening does not hold up the next release."""
        entries = outbox.pending([outbox.PREPARE], limit=20)
        for entry in entries:
            make_homes(self.instance, entry.payload["homes"])
            self.folders += entry.payload["addresses"]
            for word, shown in (("unsubscribe", False), ("subscribe", True)):
                self.shown += [(login, mailbox, shown) for login, mailbox in entry.payload.get(word, ())]
        outbox.settle(entries)
        if self.folders:
            self.engines.make_folders(self.folders[:PREPARE_BATCH])
            del self.folders[:PREPARE_BATCH]
        if self.shown and not self.folders:
            login, mailbox, shown = self.shown.pop(0)
            (self.engines.show_shared if shown else self.engines.hide_shared)(login, mailbox)

    def operate(self) -> None:
        """What the console asks for, one after the other; a failure stays in its entry."""
        work.reap()
        for entry in outbox.pending([outbox.OPERATE], limit=20):
            try:
                if not work.is_stale(entry.payload, entry.created_at.timestamp()):
                    work.perform(self.instance, self.engines, entry.payload)
            except work.FAILURES as problem:
                log.warning("order %s: %s", entry.pk, problem)
                outbox.failed([entry], str(problem))
            else:
                outbox.settle([entry])
            self.listing.soon()

    @property
    def patience(self) -> float:
        """How long it may sleep before the next turn."""
        if self.folders or self.shown or self.more:
            return 0.0
        next_kick = min((k[0] for k in self.kicks), default=time.monotonic() + LOOK_SECONDS)
        return max(0.0, min(LOOK_SECONDS, next_kick - time.monotonic()))


def open_bell(instance: Instance) -> socket.socket:
    """The datagram socket that `outbox.wake` writes to; anyone on the machine may ring it, it carries nothing."""
    path = instance.publisher_socket
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    bell.bind(str(path))
    path.chmod(0o666)
    return bell


def wait(bell: socket.socket, seconds: float) -> None:
    """Sleep until rung or the time is over; gather what rings together."""
    bell.settimeout(seconds or 0.000001)
    try:
        bell.recv(16)
        time.sleep(GATHER_SECONDS)
        bell.setblocking(False)
        while bell.recv(16):
            pass
    except (TimeoutError, BlockingIOError):
        return


def run(instance: Instance, stopping: Callable[[], bool]) -> None:
    publisher, bell = Publisher(instance, RunningEngines(instance)), open_bell(instance)
    repair(instance, publisher.engines)
    for number in store.numbers(instance):  # of before the console showed releases
        with suppress(OSError):
            store.show_manifest(store.directory(instance, number))
    while not stopping():
        try:
            publisher.turn()
        except Exception:
            # A locked database or a full disk passes; the entries are still there.
            log.exception("turn failed")
            close_old_connections()
            time.sleep(1)
        wait(bell, publisher.patience)


def repair(instance: Instance, engines: RunningEngines) -> None:
    """After a crash: what was switched half is switched whole, and a damaged live directory is compiled anew."""
    manifest = store.newest(instance)
    if manifest is None or store.live_number(instance) != manifest.number or store.damage(instance.live, manifest):
        log.warning("live files do not match the newest release: compiling anew")
        _, refusal = publish.ensure_release(instance, engines, cause="repair")
        if refusal:
            log.error("release refused: %s. The newest whole release is live.", refusal)


def main(instance: Instance) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    stop: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.append(1))
    log.info("publisher %d: %s", os.getpid(), json.dumps({"release": store.live_number(instance)}))
    run(instance, lambda: bool(stop))
