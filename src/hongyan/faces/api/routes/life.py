"""The life of a mailbox: where it is and what comes next; stops, leaving, keeping, the address afterwards."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Router

from hongyan.company.life import actions, course, idle, queries
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.mailboxes.queries import find_mailbox
from hongyan.company.mailboxes.scope import places_of_mailbox
from hongyan.company.people.models import Company
from hongyan.faces.api.asking import Asking
from hongyan.faces.api.paging import page_of
from hongyan.faces.api.routes.common import DEFAULT, Cursor, Limit, Page, addressed
from hongyan.faces.api.routes.companies import company_named
from hongyan.faces.api.schemas import life as shapes
from hongyan.kernel import address as addresses
from hongyan.kernel.decision import Refusal
from hongyan.kernel.wording import say

router = Router(tags=["Life of mailboxes"])


def _find(request: Asking, address: str) -> Mailbox:
    """Not by its owner's own right: reasons are told to administrators."""
    with addressed():
        mailbox = find_mailbox(addresses.parse(address), request.actor)
        if not request.actor.may("mailbox.read", mailbox.company.slug, places_of_mailbox(mailbox)):
            raise Refusal("mailbox.unknown", address=address)
        return mailbox


def _colleague(request: Asking, address: str | None) -> Mailbox | None:
    return find_mailbox(addresses.parse(address), request.actor) if address else None


def _life(request: Asking, mailbox: Mailbox) -> shapes.Life:
    life = queries.life_of(find_mailbox(mailbox.address))
    due = life.next_step
    return shapes.Life(
        address=mailbox.address, state=life.state, since=life.since, by=life.by, until=life.until,
        stops=[shapes.StopRow(what=s.what, reason=s.reason, since=s.since, until=s.until, by=s.by) for s in life.stops],
        successor=life.successor, alias_of=life.alias_of, forward_to=life.forward_to, reply=life.reply,
        expires_on=life.expires_on,
        next_step=shapes.NextStep(on=due.on, code=due.why.code, why=say(due.why, request.locale), clause=due.why.clause)
        if due
        else None,
    )  # fmt: skip


@router.get("mailboxes/{address}/life", response=shapes.Life, summary="Show where a mailbox is in its life")
def show_life(request: Asking, address: str) -> object:
    return _life(request, _find(request, address))


@router.get("mailboxes/{address}/life/history", response=shapes.Moves, summary="List what moved it, newest first")
def list_life_history(
    request: Asking, response: HttpResponse, address: str, limit: Limit = DEFAULT, cursor: Cursor = None
) -> object:
    return page_of(
        request, response, queries.moves(_find(request, address)), Page(limit, cursor),
        lambda some: [shapes.Move(at=e.at, kind=e.kind, actor=e.actor, params=e.params) for e in some],
        by="seq", down=True,
    )  # fmt: skip


@router.post("mailboxes/{address}/stop", response=shapes.Life, summary="Stop sending, signing in or receiving")
def stop_mailbox(request: Asking, address: str, body: shapes.Stop) -> object:
    mailbox = _find(request, address)
    actions.stop(actor=request.actor, mailbox=mailbox, what=body.what, reason=body.reason, until=body.until)
    return _life(request, mailbox)


@router.post("mailboxes/{address}/lift", response=shapes.Life, summary="End a stop")
def lift_stop(request: Asking, address: str, body: shapes.Lift) -> object:
    mailbox = _find(request, address)
    actions.lift(actor=request.actor, mailbox=mailbox, what=body.what)
    return _life(request, mailbox)


@router.post("mailboxes/{address}/leave", response=shapes.Life, summary="Its owner leaves: it works until stopped")
def mark_leaving(request: Asking, address: str, body: shapes.MarkLeaving) -> object:
    mailbox = _find(request, address)
    heir = _colleague(request, body.successor)
    course.mark_leaving(actor=request.actor, mailbox=mailbox, on=body.on, successor=heir)
    return _life(request, mailbox)


@router.post("mailboxes/{address}/stay", response=shapes.Life, summary="Its owner stays after all")
def unmark_leaving(request: Asking, address: str) -> object:
    mailbox = _find(request, address)
    course.unmark_leaving(actor=request.actor, mailbox=mailbox)
    return _life(request, mailbox)


@router.post("mailboxes/{address}/retain", response=shapes.Life, summary="Keep it for a time: nobody signs in")
def retain_mailbox(request: Asking, address: str, body: shapes.Retain) -> object:
    mailbox = _find(request, address)
    heir = _colleague(request, body.successor)
    course.retain(actor=request.actor, mailbox=mailbox, until=body.until, successor=heir)
    return _life(request, mailbox)


@router.post("mailboxes/{address}/unretain", response=shapes.Life, summary="Give it back: its owner has returned")
def unretain_mailbox(request: Asking, address: str) -> object:
    mailbox = _find(request, address)
    course.unretain(actor=request.actor, mailbox=mailbox)
    return _life(request, mailbox)


@router.put("mailboxes/{address}/forward", response=shapes.Life, summary="A leaver's new mail goes to a colleague too")
def forward_mail(request: Asking, address: str, body: shapes.Forward) -> object:
    mailbox = _find(request, address)
    actions.forward_mail(actor=request.actor, mailbox=mailbox, to=_colleague(request, body.to))
    return _life(request, mailbox)


@router.put("mailboxes/{address}/reply", response=shapes.Life, summary="What who writes to a leaver is answered")
def set_reply(request: Asking, address: str, body: shapes.Reply) -> object:
    mailbox = _find(request, address)
    texts = {str(locale): text for locale, text in body.texts.items()}
    actions.set_reply(actor=request.actor, mailbox=mailbox, text_by_locale=texts or None)
    return _life(request, mailbox)


@router.post(
    "mailboxes/{address}/keep-as-alias", response=shapes.Life, summary="Close it; a colleague gets the address"
)
def keep_as_alias(request: Asking, address: str, body: shapes.KeepAsAlias) -> object:
    mailbox = _find(request, address)
    of = find_mailbox(addresses.parse(body.of), request.actor)
    course.keep_as_alias(actor=request.actor, mailbox=mailbox, of=of, until=body.until)
    return _life(request, mailbox)


def _rule(company: Company) -> shapes.IdleRule:
    rule = idle.rule_of(company)
    days = (rule.notice_days, rule.suspend_days, rule.release_days) if rule else (None, None, None)
    return shapes.IdleRule(on=rule is not None, notice_days=days[0], suspend_days=days[1], release_days=days[2])


@router.get("companies/{slug}/idle-rule", response=shapes.IdleRule, summary="Show what happens to unused mailboxes")
def show_idle_rule(request: Asking, slug: str) -> object:
    return _rule(company_named(request, slug))


@router.put("companies/{slug}/idle-rule", response=shapes.IdleRule, summary="Set what happens to unused mailboxes")
def set_idle_rule(request: Asking, slug: str, body: shapes.SetIdleRule) -> object:
    company = company_named(request, slug)
    idle.set_idle_rule(
        actor=request.actor, company=company, notice_days=body.notice_days, suspend_days=body.suspend_days,
        release_days=body.release_days,
    )  # fmt: skip
    return _rule(company)


@router.delete("companies/{slug}/idle-rule", response={204: None}, summary="Nothing happens to unused mailboxes")
def end_idle_rule(request: Asking, slug: str) -> None:
    idle.end_idle_rule(actor=request.actor, company=company_named(request, slug))
