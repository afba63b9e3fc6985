"""Coming back while the mail is kept: the old mailbox opens again (issue: "a returning person gets the old mailbox").

Always: access, forwarding and answer are as before; the old password does not open it, so it waits for a new activation;
groups, shared mailboxes and roles do not come back by themselves, they follow the new post. Not once mail was deleted.
"""

from __future__ import annotations

from django.db import transaction

from hongyan.company.leaving.models import OPEN_STATES, Leaving
from hongyan.company.leaving.queries import boxes_of, may_manage
from hongyan.company.life import actions as life, course
from hongyan.company.people.life import return_person
from hongyan.company.people.models import Account
from hongyan.kernel import clock, ledger, outbox
from hongyan.kernel.actor import Actor, schedule
from hongyan.kernel.decision import Refusal


def take_back(*, actor: Actor, leaving: Leaving, reason: str = "") -> None:
    """He comes back, or does not leave after all. Refuses `leaving.over`, `leaving.deleted`, `leaving.not_begun`."""
    if not may_manage(actor, leaving):
        raise Refusal("permission.missing", clause="G2.1.3", permission="people.write")
    if leaving.state not in OPEN_STATES:
        raise Refusal("leaving.over", name=leaving.name)
    if leaving.state == "planned":
        raise Refusal("leaving.not_begun", name=leaving.name)
    with transaction.atomic():
        give_back(actor, leaving, reason)
        if leaving.person is not None and leaving.person.left_on is not None:
            return_person(actor=_under(actor), person=leaving.person)


def give_back(actor: Actor, leaving: Leaving, reason: str = "") -> None:
    """Inside the action that lets him return. What is deleted already, or being deleted, stays as it is."""
    with transaction.atomic():
        leaving.refresh_from_db(from_queryset=Leaving.objects.select_for_update(of=("self",)))
        if leaving.state not in OPEN_STATES:
            return
        if leaving.deletions.exists():
            raise Refusal("leaving.deleted", name=leaving.name)
        leaving.state, leaving.ended_at = "returned", clock.now()
        leaving.save(update_fields=["state", "ended_at"])
        by, opened = _under(actor), []
        for mailbox in boxes_of(leaving):
            if mailbox.closed_at is not None:
                continue
            if mailbox.stage == "retained":
                course.unretain(actor=by, mailbox=mailbox)
            elif mailbox.stage == "leaving":
                course.unmark_leaving(actor=by, mailbox=mailbox)
            mailbox.refresh_from_db()
            if mailbox.suspended_at is not None:
                life.lift(actor=by, mailbox=mailbox, what="signing_in")
            if mailbox.account is not None and leaving.effective_at is not None:
                _forget_password(mailbox.account)
            outbox.release(mailbox.address, sessions=[mailbox.address])
            opened.append(mailbox.address)
        ledger.record(
            "leaving.returned", chain=leaving.company.slug, actor=actor.name,
            subject=f"person/{leaving.person_id}" if leaving.person_id is not None else leaving.name,
            number=leaving.pk, reason=reason[:200], mailboxes=opened,
        )  # fmt: skip


def _forget_password(account: Account) -> None:
    """It waits for activation again; the old password is not chosen anew either (clause P10)."""
    if account.password:
        account.former_passwords = [account.password, *account.former_passwords]
    account.password, account.must_change, account.first_until = "", False, None
    account.save(update_fields=["password", "must_change", "first_until", "former_passwords"])


def _under(actor: Actor) -> Actor:
    """Under the name of who takes him back, who need not hold every right that the steps took."""
    return Actor(name=actor.name, grants=schedule("leaving").grants)
