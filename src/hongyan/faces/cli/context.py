"""What the domain commands share: the actor at the shell, parsing of dates and sizes, waiting for the release.

Always: a command that changed something returns once its release is live, or says plainly that it is not yet.
"""

from __future__ import annotations

import getpass
import sys
import time
from datetime import date

from hongyan.company.people import settings
from hongyan.company.people.models import Company
from hongyan.company.people.queries import find_company, find_domain, list_companies
from hongyan.faces.cli.output import Output
from hongyan.kernel import outbox
from hongyan.kernel.actor import Actor, command_line
from hongyan.kernel.address import domain_of, parse
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import current
from hongyan.kernel.models import Outbox

WAIT_SECONDS = 20.0


def actor() -> Actor:
    return command_line(getpass.getuser())


def company_named(slug: str | None) -> Company:
    """The company of --company; the only one there is when none was named."""
    if slug:
        return find_company(slug)
    companies = list_companies()
    if len(companies) != 1:
        raise Refusal("company.needed")
    return companies[0]


def company_of(address: str) -> Company:
    """The company whose domain the address has."""
    return find_domain(domain_of(parse(address))).company


def parse_date(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal("date.malformed", text=text) from None


def parse_size(text: str | None) -> int | None:
    """Megabytes of `3GB`, `500MB` or `3072`."""
    if not text:
        return None
    return settings.parse_size(text)


def read_password() -> str:
    """One line of standard input, without its line ending."""
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise Refusal("password.stdin_empty", clause="G4.2.5")
    return password


def wait_for_release(out: Output) -> None:
    """Return when everything enqueued so far is live. Does not wait when no publisher runs (it publishes at its start)."""
    last = Outbox.objects.filter(kind=outbox.RELEASE).order_by("-pk").values_list("pk", flat=True).first()
    if last is None or not outbox.wake(current()):
        return
    end = time.monotonic() + WAIT_SECONDS
    pause = 0.01
    waiting = Outbox.objects.filter(pk__lte=last, kind=outbox.RELEASE, done_at__isnull=True, error="")
    while waiting.exists():
        if time.monotonic() > end:
            out.progress(out.say("release.waiting", seconds=int(WAIT_SECONDS)))
            return
        time.sleep(pause)
        pause = min(pause * 1.5, 0.2)
    entry = Outbox.objects.filter(pk=last).first()
    if entry and entry.error:
        raise Refusal("release.refused", said=entry.error)
