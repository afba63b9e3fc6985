"""`up --sample`: the sample company through the actions, its mail through the running engines.

Owns: `fill`. Always: safe to repeat and to interrupt; a message that was offered once is not sent again.
"""

from __future__ import annotations

import smtplib
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from hongyan.company.sample.affairs import begin_affairs
from hongyan.company.sample.apply import apply
from hongyan.company.sample.conversations import SampleMessage, conversations
from hongyan.company.sample.plan import SamplePlan, plan as make_plan
from hongyan.company.sample.sending import send
from hongyan.faces.cli.output import reader_locale
from hongyan.faces.cli.sample_folders import tidy
from hongyan.kernel import clock, outbox
from hongyan.kernel.actor import command_line
from hongyan.kernel.decision import Decision
from hongyan.kernel.instance import Instance
from hongyan.kernel.models import Outbox
from hongyan.kernel.wording import say

Detail = Callable[[str], None]
SETTLE_SECONDS = 30.0
#: A line of progress after so many messages.
EVERY = 100


def fill(instance: Instance, detail: Detail) -> None:
    """Makes what is missing of the sample company and sends what was not yet sent."""
    locale = reader_locale()
    plan = make_plan()
    applied = apply(plan, command_line())
    for company in plan.companies:
        about = {"name": company.name, "persons": len(company.persons), "mailboxes": len(company.mailboxes)}
        detail(say(Decision("sample.people", about), locale))
    if applied.password:  # told before the mail is sent: whatever happens then, it is not lost
        example = plan.companies[0].roles[0].address
        detail(say(Decision("sample.password", {"example": example, "password": applied.password}), locale))
    wait_while(_release_is_due)
    _send_mail(instance, plan, detail, locale)
    begin_affairs(plan, command_line())  # last: what it tells people comes after their mail


def _send_mail(instance: Instance, plan: SamplePlan, detail: Detail, locale: str) -> None:
    sent = Sent(instance.state / "sample-sent")
    waiting = [message for message in conversations(clock.now(), plan) if message.key not in sent.keys]
    if not waiting:
        return

    def progress(done: int, total: int) -> None:
        sent.add(waiting[done - 1])
        if done % EVERY == 0 or done == total:
            detail(say(Decision("sample.mail", {"done": done, "total": total}), locale))

    refused = send(waiting, plan.domains(), partial(submit, instance), partial(receive, instance), progress)
    if refused:
        detail(say(Decision("sample.refused", {"count": len(refused), "reason": refused[0].reason}), locale))
    wait_while(partial(_mail_is_under_way, instance))
    tidy(instance, plan, waiting)


class Sent:
    """The keys of the messages that were offered, one a line; written as they go."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.keys = set(path.read_text("utf-8").split()) if path.exists() else set[str]()

    def add(self, message: SampleMessage) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(message.key + "\n")


# -- the two ways in -----------------------------------------------------------------------------------
def submit(instance: Instance, login: str, sender: str, recipients: tuple[str, ...], content: bytes) -> None:
    """By the way of the webmail: the listener on the loopback is told who has signed in (Postfix XCLIENT)."""
    with closing(_session(instance, "webmail")) as session:
        code, reply = session.docmd("XCLIENT", f"LOGIN={login}")
        if code != 220:
            raise smtplib.SMTPResponseException(code, reply)
        session.ehlo()
        session.sendmail(sender, recipients, content)


def receive(instance: Instance, sender: str, recipients: tuple[str, ...], content: bytes) -> None:
    """As another mail server does."""
    with closing(_session(instance, "smtp")) as session:
        session.sendmail(sender, recipients, content)


def _session(instance: Instance, port: str) -> smtplib.SMTP:
    session = smtplib.SMTP("127.0.0.1", instance.ports[port], local_hostname="sample.outside.test", timeout=60)
    session.ehlo()
    return session


# -- waiting -------------------------------------------------------------------------------------------
def wait_while(busy: Callable[[], bool]) -> None:
    """Until it is done, or long enough: what is late then comes by itself."""
    until = time.monotonic() + SETTLE_SECONDS
    while busy() and time.monotonic() < until:
        time.sleep(0.1)


def _release_is_due() -> bool:
    return Outbox.objects.filter(kind=outbox.RELEASE, done_at__isnull=True).exists()


def _mail_is_under_way(instance: Instance) -> bool:
    spool = instance.root / "spool"
    return any(file.is_file() for queue in ("incoming", "active") for file in (spool / queue).rglob("*"))
