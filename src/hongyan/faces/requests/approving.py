"""What waits for one's word: one after the other, several at once, and what one decided before.

Always: every decision is an action of its own; of several, those that are refused are named and the others hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal

from django.http import Http404, HttpResponse
from django.urls import reverse

from hongyan.company.requests import actions, queries
from hongyan.company.requests.models import Decision as Said, Request as Filed, Step
from hongyan.faces.requests import drawing, showing, words
from hongyan.faces.requests.fields import number_of
from hongyan.faces.requests.filing import company_of
from hongyan.faces.web.pages import SeeOther, page, signed_in
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Decision, Refusal

SHOWN: Final = 50
VERDICTS: Final = {"approve": "approved", "reject": "rejected", "return": "returned"}


@signed_in
def show(request: Request) -> HttpResponse:
    company_of(request)
    if request.method == "POST":
        return _decide(request)
    return _page(request)


def _page(
    request: Request, failed: Iterable[tuple[str, Decision]] = (), decided: int = 0, chosen: frozenset[int] = frozenset(),
    refusal: Decision | None = None,
) -> HttpResponse:  # fmt: skip
    after = number_of(request.GET.get("after", ""))
    waiting = queries.to_decide(request.account)
    rows = list(drawing.ready_to_draw(waiting.filter(pk__gt=after) if after else waiting)[: SHOWN + 1])
    failed = list(failed)
    values: dict[str, Any] = {
        "count": waiting.count(), "cards": [drawing.card(step, request.account, step.pk in chosen) for step in rows[:SHOWN]],
        "older": rows[SHOWN - 1].pk if len(rows) > SHOWN else 0, "failed": failed, "decided": decided, "refusal": refusal,
        "notice": words.NOTICES.get(request.GET.get("said", "")),
    }  # fmt: skip
    return page(request, "requests/approve.html", values, status=422 if failed or refusal else 200)


def _decide(request: Request) -> HttpResponse:
    """`do=approve:12` is one step with its own reason, `do=approve` all that are chosen."""
    verdict, _, one = request.POST.get("do", "").partition(":")
    if verdict not in VERDICTS:
        raise Http404
    wanted = [one] if one else request.POST.getlist("step")
    reason = request.POST.get(f"reason-{one}" if one else "reason", "")
    steps = [queries.find_step(number_of(key), request.actor) for key in wanted]
    if not steps:
        return _page(request, refusal=Decision("bulk.empty"))
    failed: list[tuple[Step, Refusal]] = []
    for step in steps:
        try:
            secret = say(request, step, verdict, reason, "page" if one else "bulk")
        except Refusal as refusal:
            failed.append((step, refusal))
        else:
            if secret:
                found = queries.find_request(step.request_id, request.actor)
                return showing.answer(request, found, given=showing.first_password(secret))
    if failed:
        named = [(drawing.named(step), refusal.decision) for step, refusal in failed]
        return _page(request, named, len(steps) - len(failed), frozenset(step.pk for step, _ in failed))
    return SeeOther(reverse("approve") + f"?said={VERDICTS[verdict]}")


def say(request: Request, step: Step, verdict: str, reason: str, by: Literal["page", "bulk"]) -> str:
    """One decision; a first password that came of it, to be shown once."""
    if verdict == "return":
        actions.send_back(actor=request.actor, step=step, reason=reason, by=by)
        return ""
    return actions.decide(actor=request.actor, step=step, verdict=verdict, reason=reason, by=by).secret


@signed_in
def decided(request: Request) -> HttpResponse:
    company_of(request)
    before = number_of(request.GET.get("before", ""))
    found = queries.decided_by(request.account)
    rows = list((found.filter(pk__lt=before) if before else found)[: SHOWN + 1])
    values = {
        "rows": [_line(row) for row in rows[:SHOWN]], "newer": bool(before),
        "older": rows[SHOWN - 1].pk if len(rows) > SHOWN else 0,
    }  # fmt: skip
    return page(request, "requests/decided.html", values)


def _line(said: Said) -> dict[str, Any]:
    filed: Filed = said.step.request
    return {
        "url": reverse("request", args=[filed.pk]), "whom": drawing.whom_of(filed), "title": drawing.title_of(filed),
        "mark": words.mark(filed), "at": said.at, "how": words.HOWS.get(said.by, ""), "said": said.reason,
        "verdict": words.VERDICTS[said.verdict], "verdict_tone": words.VERDICT_TONES[said.verdict],
        "state": words.state_word(filed.state),
    }  # fmt: skip
