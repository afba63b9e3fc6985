"""How the mail rooms draw a mailbox: the tone of its state, how full it is."""

from __future__ import annotations

from django import template

from hongyan.company.life.states import state
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.mailboxes.queries import quota_mb
from hongyan.faces.console.mailboxes.words import TONES

register = template.Library()


@register.filter
def tone(mailbox: Mailbox) -> str:
    return TONES[state(mailbox)]


@register.filter
def percent(mailbox: Mailbox) -> int:
    return min(100, mailbox.used_mb * 100 // max(1, quota_mb(mailbox)))


@register.filter
def fullness(mailbox: Mailbox) -> str:
    full = percent(mailbox)
    return "bad" if full >= 95 else "warn" if full >= 80 else "good"
