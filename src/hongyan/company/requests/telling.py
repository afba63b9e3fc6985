"""Word to those whom a request concerns: asked to decide, reminded, told what came of it. Each in his language.

Owns: the notices `request_*` and what is in them. Never: sends (jobs/notices.py does), or decides whom to ask.
Always: enqueued in the transaction of the change; a person without an open mailbox is told nothing, and finds it on the
pages. `params["request"]` is the number, `params["step"]` the primary key of the step that waits, as text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from hongyan.company.mailboxes.models import PERSONAL_KINDS, Mailbox
from hongyan.company.people.models import Person
from hongyan.company.people.relations import holders
from hongyan.company.requests.fields import lines
from hongyan.company.requests.forms import FORMS
from hongyan.company.requests.models import Request, Step
from hongyan.kernel import outbox
from hongyan.kernel.decision import Decision
from hongyan.kernel.wording import NoSentence, catalogue, say

MOST = 50  #: persons told of one thing


def ask(step: Step, persons: Iterable[Person], notice: str) -> None:
    """Those who may decide the step: by page or by answering."""
    request = step.request
    due = timezone.localtime(step.due_at).strftime("%Y-%m-%d %H:%M") if step.due_at else "-"
    for mailbox, locale in _mailboxes(persons):
        _enqueue(notice, mailbox, _params(request, locale) | {
            "step": str(step.pk), "due": due, "link": f"/approve/{step.pk}", "details": _details(request, locale),
        })  # fmt: skip


def tell_applicant(request: Request, notice: str, **more: str) -> None:
    """The applicant, and whom it is for where that is somebody else with a mailbox."""
    applicant = request.applicant
    told: dict[str, str] = {}
    gone = applicant is not None and applicant.person is not None and applicant.person.left_on is not None
    if applicant is not None and applicant.closed_at is None and not gone:
        told[applicant.login] = applicant.locale
    if request.person is not None and request.person != (applicant.person if applicant else None):
        told |= {box.address: locale for box, locale in _mailboxes([request.person])}
    for address, locale in told.items():
        _enqueue(notice, address, _params(request, locale) | _worded(request, locale) | more)


def tell_office(request: Request, notice: str) -> None:
    """Who runs mail: something is stuck, or waits to be handed out."""
    for mailbox, locale in _mailboxes(holders(request.company, "office")):
        _enqueue(notice, mailbox, _params(request, locale) | _worded(request, locale))


def tell_hr(request: Request, notice: str) -> None:
    """HR of the unit: a mailbox was opened (clause G2.2.1)."""
    own = request.applicant.person_id if request.applicant is not None else None
    people = [p for p in holders(request.company, "hr", request.unit) if p.pk != own and p.pk != request.person_id]
    for mailbox, locale in _mailboxes(people):
        _enqueue(notice, mailbox, _params(request, locale) | _worded(request, locale))


def tell_asked(step: Step, notice: str) -> None:
    """Those who were being asked need not decide any more."""
    seats = step.seats.filter(open=True, approved=False).select_related("person", "stand_in")
    people = [p for seat in seats for p in (seat.person, seat.stand_in) if p is not None]
    for mailbox, locale in _mailboxes(people):
        _enqueue(notice, mailbox, _params(step.request, locale) | _worded(step.request, locale))


def _mailboxes(persons: Iterable[Person]) -> list[tuple[Mailbox, str]]:
    """The first open mailbox of each person, with its owner's language."""
    people = list({p.pk: p for p in persons if p.left_on is None}.values())[:MOST]
    rows = Mailbox.objects.filter(
        person__in=[p.pk for p in people], kind__in=PERSONAL_KINDS, closed_at__isnull=True, account__isnull=False
    )
    found: dict[int, tuple[Mailbox, str]] = {}
    for box in rows.select_related("account").order_by("pk"):
        if box.person_id is not None and box.account is not None:
            found.setdefault(box.person_id, (box, box.account.locale))
    return list(found.values())


def _params(request: Request, locale: str) -> dict[str, Any]:
    return {
        "request": str(request.number),
        "form": form_word(request.form, locale),
        "about": request.subject or (request.person.name if request.person else ""),
        "applicant": applicant_name(request),
        "link": f"/requests/{request.pk}",
    }


def _worded(request: Request, locale: str) -> dict[str, str]:
    return {"reason": request.reason or "-", "result": result_words(request, locale) or "-", "decided_by": "-"}


def _details(request: Request, locale: str) -> str:
    return "\n".join(f"{label}: {value}" for label, value in lines(request, FORMS[request.form], locale))


def _enqueue(notice: str, to: Mailbox | str, params: dict[str, Any]) -> None:
    address = to if isinstance(to, str) else to.address
    outbox.enqueue(outbox.NOTICE, {"notice": notice, "to": address, "params": params})


# -- words ---------------------------------------------------------------------------------------------------
def form_word(form: str, locale: str) -> str:
    return catalogue().get(f"request_form.{form}", {}).get(locale, form)


def applicant_name(request: Request) -> str:
    person = request.applicant.person if request.applicant is not None else None
    return person.name if person is not None else request.filed_by


def result_words(request: Request, locale: str) -> str:
    """What came of it: the refusal that it is stuck with, or the address that there is now."""
    if request.refusal is not None:
        return refusal_words(request.refusal, locale)
    return str(request.result.get("address", ""))


def refusal_words(stored: dict[str, Any], locale: str) -> str:
    """A stored refusal in the reader's language."""
    decision = Decision(stored["code"], stored.get("params", {}), stored.get("clause", ""))
    try:
        return say(decision, locale)
    except NoSentence:  # a sentence of a former release
        return decision.code
