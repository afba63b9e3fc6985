"""The life of one mailbox: where it is, what comes next and why, what moved it; one form for each thing that moves it.

Never: holds a rule. A refusal is said on the page, beside what was typed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_POST

from hongyan.company.life import actions, course, queries, states
from hongyan.company.life.before import coming
from hongyan.company.life.states import NEXT, What
from hongyan.company.mailboxes.models import PERSONAL_KINDS, Mailbox
from hongyan.company.mailboxes.queries import find_mailbox
from hongyan.company.mailboxes.scope import places_of_mailbox
from hongyan.company.people.models import LOCALES, Domain
from hongyan.company.requests.queries import find_numbered
from hongyan.faces.console.access import console_page
from hongyan.faces.console.life import words
from hongyan.faces.console.mailboxes.forms import confirm
from hongyan.faces.console.mailboxes.page import find
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.faces.web.typed import day
from hongyan.kernel import clock
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Decision, Refusal
from hongyan.kernel.wording import say

SHOWN: Final = 20
#: Actor, mailbox, form -> the notice that is shown afterwards.
Change = Callable[[Actor, Mailbox, QueryDict], str]


@console_page("mailbox.read")
def show(request: Request, address: str) -> HttpResponse:
    try:
        mailbox = find(request.actor, address)
    except Refusal as unknown:
        return _requested(request, address.lower(), unknown)
    return _answer(request, mailbox)


def _requested(request: Request, address: str, unknown: Refusal) -> HttpResponse:
    """An address without a mailbox that somebody asks for, for who may see the request; otherwise it is unknown."""
    domain = Domain.objects.select_related("company").filter(name=address.rpartition("@")[2]).first()
    origin = coming(domain.company, address) if domain is not None else None
    if domain is None or origin is None:
        raise unknown
    try:
        find_numbered(domain.company, origin.number, request.actor)
    except Refusal:
        raise unknown from None
    way = [(name, title, hint, name == "requested", name in NEXT["requested"]) for name, title, hint in words.WAY]
    return page(request, "console/life/requested.html", {"address": address, "origin": origin, "way": way})


@require_POST
@console_page("mailbox.read")
def change(request: Request, address: str, what: str) -> HttpResponse:
    mailbox, do = find(request.actor, address), CHANGES.get(what)
    if do is None:
        raise Http404
    try:
        said = do(request.actor, mailbox, request.POST)
    except Refusal as refusal:
        return _answer(request, find(request.actor, address), refusal.decision, at=what)
    return SeeOther(reverse("console-life", args=[mailbox.address]) + f"?said={said}")


def _answer(request: Request, mailbox: Mailbox, refusal: Decision | None = None, *, at: str = "") -> HttpResponse:
    before = request.GET.get("before", "")
    rows = queries.history(mailbox, SHOWN + 1, int(before) if before.isascii() and before.isdigit() else None)
    life, stopped = queries.life_of(mailbox), states.stopped(mailbox)
    place = "active" if life.state == "first" else life.state
    may = request.actor.may("mailbox.write", mailbox.company.slug, places_of_mailbox(mailbox))
    context: dict[str, Any] = {
        "box": mailbox,
        "life": life,
        "way": [(name, title, hint, name == place, name in _reachable(life.state)) for name, title, hint in words.WAY],
        "state": {name: title for name, title, _ in words.WAY}[place],
        "origin": coming(mailbox.company, mailbox.address),
        "next": life.next_step,
        "why": say(life.next_step.why, request.locale) if life.next_step else "",
        "stops": [(stop, {w: t for w, t, _ in words.WHAT}[stop.what]) for stop in life.stops],
        "stoppable": [choice for choice in words.WHAT if choice[0] not in stopped],
        "may": may and mailbox.closed_at is None,
        "may_alias": may and life.state != "alias" and mailbox.kind in PERSONAL_KINDS,
        "personal": mailbox.kind in PERSONAL_KINDS,
        "covered": bool(mailbox.stage or mailbox.suspended_at is not None) and mailbox.closed_at is None,
        "locales": [(locale, name, life.reply.get(locale, "")) for locale, name in LOCALES],
        "history": rows[:SHOWN],
        "older": rows[SHOWN - 1].seq if len(rows) > SHOWN else None,
        "today": clock.today(),
        "refusal": refusal,
        "at": at,
        "typed": request.POST,
        "notice": words.SAID.get(request.GET.get("said", "")),
    }
    return page(request, "console/life/page.html", context, status=422 if refusal else 200)


def _reachable(state: states.State) -> tuple[str, ...]:
    return NEXT[state]


# -- what the forms do ---------------------------------------------------------------------------
def _heir(actor: Actor, mailbox: Mailbox, form: QueryDict) -> Mailbox | None:
    """What stands before the @ is enough; beyond the actor's reach an address is as unknown as none."""
    text = form.get("heir", "").strip().lower()
    if not text:
        return None
    return find_mailbox(text if "@" in text else f"{text}@{mailbox.address.partition('@')[2]}", actor)


def _stop(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    what = cast(What, form.get("what", ""))
    reason, until = form.get("reason", "").strip(), day(form.get("until", ""))
    actions.stop(actor=actor, mailbox=mailbox, what=what, reason=reason, until=until)
    return "stopped"


def _lift(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    actions.lift(actor=actor, mailbox=mailbox, what=cast(What, form.get("what", "")))
    return "lifted"


def _leave(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    heir = _heir(actor, mailbox, form)
    course.mark_leaving(actor=actor, mailbox=mailbox, on=day(form.get("on", "")), successor=heir)
    return "leaving"


def _stay(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    course.unmark_leaving(actor=actor, mailbox=mailbox)
    return "stays"


def _retain(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    until = day(form.get("until", ""))
    if until is None:
        raise Refusal("date.malformed", text="")
    course.retain(actor=actor, mailbox=mailbox, until=until, successor=_heir(actor, mailbox, form))
    return "retained"


def _unretain(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    course.unretain(actor=actor, mailbox=mailbox)
    return "unretained"


def _forward(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    actions.forward_mail(actor=actor, mailbox=mailbox, to=_heir(actor, mailbox, form))
    return "forward"


def _reply(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    texts = {locale: form.get(f"text-{locale}", "") for locale, _ in LOCALES}
    given = any(text.strip() for text in texts.values())
    actions.set_reply(actor=actor, mailbox=mailbox, text_by_locale=texts if given else None)
    return "reply"


def _alias(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    """Only with the address typed: a closed mailbox is not opened again."""
    confirm(form, mailbox.address)
    heir, until = _heir(actor, mailbox, form), day(form.get("until", ""))
    if heir is None:
        raise Refusal("mailbox.unknown", address=form.get("heir", ""))
    if until is None:
        raise Refusal("date.malformed", text="")
    course.keep_as_alias(actor=actor, mailbox=mailbox, of=heir, until=until)
    return "alias"


def _expiry(actor: Actor, mailbox: Mailbox, form: QueryDict) -> str:
    actions.set_expiry(actor=actor, mailbox=mailbox, on=day(form.get("on", "")))
    return "expiry"


CHANGES: Final[dict[str, Change]] = {
    "stop": _stop,
    "lift": _lift,
    "leave": _leave,
    "stay": _stay,
    "retain": _retain,
    "unretain": _unretain,
    "forward": _forward,
    "reply": _reply,
    "alias": _alias,
    "expiry": _expiry,
}
