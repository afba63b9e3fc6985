"""'The life of my mailbox': where it is, what comes next and why, what moved it. Reasons are the administrators'."""

from __future__ import annotations

from django.http import HttpResponse

from hongyan.company.life import queries
from hongyan.faces.console.life import words
from hongyan.faces.portal.mailbox import own_mailbox
from hongyan.faces.web.pages import page, signed_in
from hongyan.faces.web.requests import Request
from hongyan.kernel.wording import say

SHOWN = 30


@signed_in
def show(request: Request) -> HttpResponse:
    mailbox = own_mailbox(request)
    life = queries.life_of(mailbox)
    place = "active" if life.state == "first" else life.state
    context = {
        "box": mailbox,
        "life": life,
        "way": [(title, hint, name == place) for name, title, hint in words.WAY],
        "next": life.next_step,
        "why": say(life.next_step.why, request.locale) if life.next_step else "",
        "stops": [(stop, title) for stop in life.stops for what, title, _ in words.WHAT if what == stop.what],
        "history": queries.history(mailbox, SHOWN),
    }
    return page(request, "portal/life.html", context)
