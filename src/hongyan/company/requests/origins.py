"""For the page of a mailbox's life: the request that asks for it, or that it came of.

Never: decides who may see it; the page that asks does.
"""

from __future__ import annotations

from hongyan.company.life.before import Coming
from hongyan.company.mailboxes.models import KINDS
from hongyan.company.people.models import Company
from hongyan.company.requests.models import OPEN_STATES, Request


def asked(company: Company, address: str) -> Coming | None:
    """An open request for the address; else the one that opened the mailbox which has it now."""
    rows = Request.objects.filter(company=company, form__in=KINDS)
    found = rows.filter(subject=address, state__in=OPEN_STATES).order_by("pk").first()
    if found is None:
        found = rows.filter(mailbox__address=address, state="done").order_by("-pk").first()
    if found is None:
        return None
    return Coming(address, found.filed_at, found.filed_by, found.number)
