"""Taking an answer: who wrote, about what, which verdict; the same action as on the page; word of what came of it.

Always: what was done, that this message was taken, and the word about it stand in one transaction, and only then is the
message taken over from Postfix; a message that comes again changes nothing.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import IntegrityError, transaction

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.models import Account
from hongyan.company.people.queries import actor_of
from hongyan.company.replies import reading, tokens
from hongyan.company.replies.models import Answer
from hongyan.company.replies.tokens import Addressed
from hongyan.company.replies.verdicts import Said, said_in
from hongyan.company.requests import actions, queries
from hongyan.company.requests.models import Step
from hongyan.kernel import clock, ledger, outbox
from hongyan.kernel.decision import Decision, Refusal
from hongyan.kernel.wording import say


def take_answer(*, recipient: str, sender: str, raw: bytes) -> str:
    """What was made of it: `done`, `again`, `ignored`, or the code of the refusal that its writer is told.

    Raises only what may pass (the database is away): the message stays in the queue.
    """
    addressed = tokens.read(recipient)
    account = _account(addressed.login)
    if account is None:
        return "ignored"  # the gate has refused it, or its writer has left since
    message = reading.parse(raw)
    if reading.is_automatic(message, sender):
        return "ignored"
    identity = _identity(addressed, reading.header(message, "Message-ID"), raw)
    if Answer.objects.filter(digest=identity).exists():
        return "again"
    try:
        with transaction.atomic():
            return _take(account, addressed, reading.written(message), identity)
    except IntegrityError:
        if Answer.objects.filter(digest=identity).exists():
            return "again"  # two deliveries at once: the other one was first
        raise


def _take(account: Account, addressed: Addressed, text: reading.Written, identity: str) -> str:
    said = said_in(text.first, text.following)
    answer = Answer(
        account=account,
        digest=identity,
        step=addressed.step or None,
        verdict=said.verdict if said else "",
        at=clock.now(),
    )
    try:
        with transaction.atomic():
            step = _step(account, addressed)
            if said is None:
                raise Refusal("answer.unclear" if text.first else "answer.empty", line=text.first[:80])
            state = _decide(account, step, said)
    except Refusal as refused:
        answer.outcome = refused.code
        answer.save()
        _tell(account, "answer_refused", addressed, reason=say(refused.decision, account.locale))
        ledger.record(
            "request.answer_refused", chain=_chain(account), actor=account.login, subject=account.login, code=refused.code,
            step=addressed.step,
        )  # fmt: skip
        return refused.code
    answer.outcome = "done"
    answer.save()
    _tell(
        account, "answer_done", addressed, request=str(step.request.number),
        title=queries.title_of(step.request, account.locale), verdict=say(Decision(f"answer.verdict.{said.verdict}"), account.locale),
        reason=said.reason or "-", state=say(Decision(f"request_state.{state}"), account.locale),
    )  # fmt: skip
    return "done"


def _decide(account: Account, step: Step, said: Said) -> str:
    """The state of the request after it."""
    actor = actor_of(account)
    if said.verdict == "return":
        actions.send_back(actor=actor, step=step, reason=said.reason, by="mail")
        return "returned"
    return actions.decide(actor=actor, step=step, verdict=said.verdict, reason=said.reason, by="mail").state


def _step(account: Account, addressed: Addressed) -> Step:
    """Refuses `answer.about_nothing`, `answer.not_asked_you` (a notice that was passed on), `request.unknown`."""
    if not addressed.step:
        raise Refusal("answer.about_nothing")
    if not tokens.is_for(addressed, account):
        raise Refusal("answer.not_asked_you", clause="G4.2.3")
    return queries.find_step(addressed.step, actor_of(account))


def _account(login: str) -> Account | None:
    """By the address that was signed in with, as it is called now."""
    if not login:
        return None
    box = Mailbox.objects.select_related("account__company").filter(address=login, closed_at__isnull=True).first()
    account = box.account if box else None
    return account if account is not None and account.closed_at is None else None


def _identity(addressed: Addressed, message_id: str, raw: bytes) -> str:
    """One message is one answer to one address; without an identifier, its text is."""
    own = message_id.strip() or hashlib.sha256(raw).hexdigest()
    return hashlib.sha256(f"{addressed.login}\0{addressed.step}\0{own}".encode()).hexdigest()


def _tell(account: Account, notice: str, addressed: Addressed, **params: Any) -> None:
    link = f"/approve/{addressed.step}" if addressed.step else "/approve"
    outbox.enqueue(outbox.NOTICE, {"notice": notice, "to": account.login, "params": params | {"link": link}})


def _chain(account: Account) -> str:
    return account.company.slug if account.company is not None else ledger.INSTANCE
