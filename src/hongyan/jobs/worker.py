"""The worker: takes journals into the audit, sends notices, takes answers to them, does what falls due, starts tasks,
keeps the search right. Runs as `hongyan`.

Always: mail flows and people sign in without it; what it did not do waits in journals and outbox.
"""

from __future__ import annotations

import logging
import os
import signal
import smtplib
import time

from django.db import close_old_connections

from hongyan.company.finder import following
from hongyan.evidence.intake.journals import take_in
from hongyan.evidence.usage.intake import take_storage
from hongyan.jobs import names, notices, schedule
from hongyan.jobs.answers import Listener
from hongyan.jobs.papers import Press
from hongyan.jobs.tasks import Hand
from hongyan.jobs.webhooks import Courier
from hongyan.kernel import memory, outbox
from hongyan.kernel.instance import Instance

log = logging.getLogger(__name__)
LOOK_SECONDS = 1.0
SCHEDULE_SECONDS = 60.0
LARGE = 1000  #: pieces of work, that leave much memory behind


def turn(instance: Instance) -> int:
    """One look at journals and notices; returns how much there was to do."""
    done = take_in(instance) + take_storage(instance)
    for entry in outbox.pending([outbox.NOTICE], limit=50):
        try:
            notices.send(instance, entry)
        except (OSError, smtplib.SMTPException, LookupError) as problem:
            log.warning("notice %s: %s", entry.pk, problem)
            outbox.failed([entry], str(problem))
        else:
            outbox.settle([entry])
            done += 1
    return done


def main(instance: Instance) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    stop: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.append(1))
    log.info("worker %d", os.getpid())
    next_schedule, hand, courier = 0.0, Hand(), Courier()
    press, answers = Press(), Listener(instance)
    answers.start()
    watch, worked = names.Watch(instance), 0
    while not stop:
        try:
            busy = turn(instance) + hand.turn() + press.turn() + courier.turn() + following.catch_up()
            watch.turn()
            if time.monotonic() >= next_schedule:
                next_schedule = time.monotonic() + SCHEDULE_SECONDS
                schedule.run_due()
                answers = answers.looked_after()
        except Exception:
            # The database may be away or the disk full; everything is still where it was.
            log.exception("turn failed")
            close_old_connections()
            busy = 0
        if not busy:
            if worked > LARGE:
                memory.give_back()
                worked = 0
            time.sleep(LOOK_SECONDS)
        worked += busy
    hand.end()
    press.end()
    answers.end()
    watch.end()
