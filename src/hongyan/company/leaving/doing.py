"""What the system does for each step of the checklist (`steps` says what each step means, and when it is its turn).

Always: a handler is safe to repeat, and says how the step stands: done, skipped, waiting; a Refusal blocks it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.db.models import Q

from hongyan.company.access.actions import revoke_token
from hongyan.company.access.models import Token
from hongyan.company.leaving import ending, papers
from hongyan.company.leaving.models import Leaving, Step
from hongyan.company.leaving.queries import boxes_of, mailbox_of_person, rule_of
from hongyan.company.leaving.telling import tell_successor
from hongyan.company.life import actions as life, course
from hongyan.company.mailboxes import changes, limits, members, routing
from hongyan.company.mailboxes.models import PERSONAL_KINDS, Alias, AppPassword, Group, GroupMember, Mailbox, SendAs
from hongyan.company.people.life import leave_company
from hongyan.company.people.models import LOCALES, Account, Link, RoleGrant, WebSession
from hongyan.company.people.roles import revoke_role
from hongyan.kernel import clock, ledger, outbox
from hongyan.kernel.actor import schedule
from hongyan.kernel.decision import Decision, Refusal
from hongyan.kernel.wording import say

SYSTEM: Final = schedule("leaving")
ASK_AGAIN: Final = timedelta(minutes=10)  #: an order to root that was not answered


@dataclass(frozen=True, slots=True)
class Did:
    """How a step stands after a look at it."""

    state: str = "done"
    detail: dict[str, Any] = field(default_factory=dict)


WAIT: Final = Did("waiting")


def record(kind: str, leaving: Leaving, **params: Any) -> None:
    subject = f"person/{leaving.person_id}" if leaving.person_id is not None else leaving.name
    ledger.record(
        kind, chain=leaving.company.slug, actor=SYSTEM.name, subject=subject, number=leaving.pk, **params
    )  # fmt: skip


def open_boxes(leaving: Leaving) -> list[Mailbox]:
    return [mailbox for mailbox in boxes_of(leaving) if mailbox.closed_at is None]


def heir_of(leaving: Leaving) -> Mailbox | None:
    if leaving.successor is None or leaving.successor_left:
        return None
    return mailbox_of_person(leaving.successor)


def _formalities(leaving: Leaving, step: Step) -> Did:
    if not _whole(leaving):
        return Did("skipped")
    if leaving.kind == "immediate":
        return Did("done", {"reason": leaving.reason})
    return WAIT


def _whole(leaving: Leaving) -> bool:
    """A person leaves, not one mailbox alone."""
    return leaving.person_id is not None


def _access(leaving: Leaving, step: Step) -> Did:
    done: dict[str, Any] = {"mailboxes": [], "app_passwords": 0, "tokens": 0, "sessions": 0}
    why = say(Decision("leaving.stopped" if _whole(leaving) else "leaving.mailbox_stopped"), leaving.company.locale)
    for mailbox in open_boxes(leaving):
        if mailbox.suspended_at is None:
            life.stop(actor=SYSTEM, mailbox=mailbox, what="signing_in", reason=why)
        devices = AppPassword.objects.filter(mailbox=mailbox, revoked_at__isnull=True)
        done["app_passwords"] += devices.update(revoked_at=clock.now())
        done["mailboxes"].append(mailbox.address)
        outbox.release(mailbox.address, sessions=[mailbox.address, *members.users_of(mailbox)])
    accounts = _accounts(leaving)
    Link.objects.filter(account__in=accounts, used_at__isnull=True).update(used_at=clock.now())
    done["sessions"] = WebSession.objects.filter(account__in=accounts).delete()[0]
    for token in Token.objects.select_related("company").filter(maker__in=accounts, revoked_at__isnull=True):
        revoke_token(actor=SYSTEM, token=token)
        done["tokens"] += 1
    return Did("done", done)


def _accounts(leaving: Leaving) -> list[Account]:
    if leaving.person_id is not None:
        return list(Account.objects.filter(person=leaving.person_id))
    return [m.account for m in boxes_of(leaving) if m.account is not None]


def _rules(leaving: Leaving, step: Step) -> Did:
    """Root answers by `note_rules`; until then it is asked again now and then."""
    personal = [m for m in open_boxes(leaving) if m.kind in PERSONAL_KINDS]
    if not personal:
        return Did("skipped")
    if not step.detail.get("asked") or _unanswered(step):
        outbox.enqueue(outbox.OPERATE, {"do": "leaving.rules", "leaving": leaving.pk})
    return _asked(step)


def _shared(leaving: Leaving, step: Step) -> Did:
    ended: list[str] = []
    for mailbox in open_boxes(leaving):
        if mailbox.kind in PERSONAL_KINDS:
            ended += members.end_memberships(actor=SYSTEM, member=mailbox, reason="left")
        else:
            for row in list(mailbox.memberships.select_related("member")):
                members.remove_member(actor=SYSTEM, mailbox=mailbox, member=row.member, reason="ended")
                ended.append(row.member.address)
    return Did("done", {"mailboxes": ended})


def _groups(leaving: Leaving, step: Step) -> Did:
    left, handed = [], []
    heir = leaving.successor if heir_of(leaving) is not None else None
    for mailbox in open_boxes(leaving):
        names = [mailbox.address, *Alias.objects.filter(target=mailbox.address).values_list("address", flat=True)]
        entries = GroupMember.objects.select_related("group__company", "group__unit").filter(
            address__in=names, writer=False
        )
        for entry in entries.order_by("group__address"):
            routing.remove_member(actor=SYSTEM, group=entry.group, address=entry.address)
            left.append(entry.group.address)
    owned = Group.objects.select_related("company", "unit", "owner").filter(owner=leaving.person_id or 0)
    for group in owned.order_by("address"):
        changes.set_group_owner(actor=SYSTEM, group=group, owner=heir)
        handed.append(group.address)
    return Did("done", {"left": left, "handed": handed, "to": heir.name if heir else ""})


def _delegations(leaving: Leaving, step: Step) -> Did:
    ended: list[str] = []
    for mailbox in open_boxes(leaving):
        rows = SendAs.objects.select_related("mailbox__company", "mailbox__person", "mailbox__unit")
        for row in rows.filter(Q(mailbox=mailbox) | Q(address=mailbox.address)).order_by("pk"):
            if row.mailbox.closed_at is None:
                limits.remove_send_as(actor=SYSTEM, mailbox=row.mailbox, address=row.address)
                ended.append(f"{row.mailbox.address} > {row.address}")
    return Did("done", {"ended": ended})


def _roles(leaving: Leaving, step: Step) -> Did:
    grants = RoleGrant.objects.select_related("company", "unit", "account__person").filter(
        account__in=_accounts(leaving)
    )
    had = sorted({grant.role for grant in grants})
    person = leaving.person
    if person is None:
        for grant in grants:
            revoke_role(actor=SYSTEM, grant=grant, reason="left")
    elif person.left_on is None:
        kind = "dismissed" if leaving.kind == "immediate" else "normal"
        last = min(leaving.last_day or clock.today(), clock.today())
        leave_company(actor=SYSTEM, person=person, on=last, kind=kind)
    return Did("done", {"roles": had})


def _keepers(leaving: Leaving, step: Step) -> Did:
    kept = members.kept_by(leaving.person) if leaving.person is not None else []
    if not kept:
        had = step.detail.get("params", step.detail)  # a blocked step holds the refusal
        return Did("done", {"mailboxes": had.get("mailboxes", [])})
    if leaving.state == "planned":
        return Did("waiting", {"mailboxes": [m.address for m in kept]})
    raise Refusal("leaving.keeper_missing", clause="G3.2.2", name=leaving.name, mailboxes=[m.address for m in kept])


def _reply(leaving: Leaving, step: Step) -> Did:
    heir = heir_of(leaving)
    who = "" if _whole(leaving) else "mailbox_"
    code = f"leaving.reply.{who}" + ("successor" if heir is not None else "gone")
    for mailbox in open_boxes(leaving):
        words = {
            "name": leaving.name, "company": leaving.company.name, "address": mailbox.address,
            "successor": leaving.successor.name if leaving.successor else "", "to": heir.address if heir else "",
        }  # fmt: skip
        life.set_reply(
            actor=SYSTEM, mailbox=mailbox,
            text_by_locale={locale: say(Decision(code, words), locale) for locale, _ in LOCALES},
        )  # fmt: skip
    return Did("done", {"to": heir.address if heir else ""})


def _forward(leaving: Leaving, step: Step) -> Did:
    heir, boxes = heir_of(leaving), [m for m in open_boxes(leaving) if m.kind in PERSONAL_KINDS]
    if not boxes or (heir is None and not _whole(leaving) and leaving.successor is None):
        return Did("skipped")
    if leaving.successor_left:
        raise Refusal(
            "leaving.successor_gone", clause="B4.8", name=leaving.name,
            successor=leaving.successor.name if leaving.successor else "",
        )  # fmt: skip
    if heir is None:
        raise Refusal("leaving.successor_missing", clause="B4.8", name=leaving.name)
    for mailbox in boxes:
        life.forward_mail(actor=SYSTEM, mailbox=mailbox, to=heir)
    tell_successor(leaving, heir)
    return Did("done", {"to": heir.address})


def _handover(leaving: Leaving, step: Step) -> Did:
    return WAIT if _whole(leaving) else Did("skipped")


def _retain(leaving: Leaving, step: Step) -> Did:
    assert leaving.effective_at is not None
    days = timedelta(days=rule_of(leaving.company).retain_days)
    until = leaving.retain_until or max((leaving.effective_at + days).date(), clock.today())
    for mailbox in open_boxes(leaving):
        course.retain(
            actor=SYSTEM, mailbox=mailbox, until=max(until, clock.today()), successor=_cover(leaving, mailbox)
        )
    leaving.state, leaving.retain_until = "retained", until
    leaving.save(update_fields=["state", "retain_until"])
    record("leaving.retained", leaving, until=until.isoformat())
    return Did("done", {"until": until.isoformat(), "paper": papers.keep_handover(leaving)})


def _cover(leaving: Leaving, mailbox: Mailbox) -> Mailbox | None:
    forwards = leaving.steps.filter(name="forward", state="done").exists()
    return heir_of(leaving) if forwards and mailbox.kind in PERSONAL_KINDS else None


def _period(leaving: Leaving, step: Step) -> Did:
    if leaving.retain_until is None or leaving.retain_until >= clock.today():
        return WAIT
    if leaving.held_at is not None:
        raise Refusal("leaving.held", name=leaving.name, reason=leaving.held_reason)
    return Did("done")


def _export(leaving: Leaving, step: Step) -> Did:
    """Asked for once; root's answer (`ending.note_export`) comes back here."""
    boxes, rule = open_boxes(leaving), rule_of(leaving.company)
    made = {e.mailbox_id: e for e in leaving.exports.order_by("pk")}  # the latest of each
    if all(m.pk in made and made[m.pk].state == "done" for m in boxes):
        return Did("done", {"files": [made[m.pk].file for m in boxes]})
    failed = [made[m.pk] for m in boxes if m.pk in made and made[m.pk].state == "failed"]
    if failed:
        raise Refusal("leaving.export_failed", address=failed[0].mailbox.address, problem=failed[0].failed)
    for mailbox in boxes:
        if mailbox.pk not in made:
            ending.ask_export(leaving, mailbox, rule.form, rule.recipient, by=SYSTEM.name)
    if _unanswered(step):
        ending.remind(leaving)
    return _asked(step)


def _ending(leaving: Leaving, step: Step) -> Did:
    """By itself only where the company wants it so; otherwise `ending.finish` is called by a named person."""
    if leaving.held_at is not None:
        raise Refusal("leaving.held", name=leaving.name, reason=leaving.held_reason)
    if not leaving.deletions.exists() and rule_of(leaving.company).automatic:
        ending.begin_deletion(leaving, by=SYSTEM.name)
    if not leaving.deletions.exists():
        return WAIT
    if _unanswered(step):
        ending.remind(leaving)
    return _asked(step)


def _asked(step: Step) -> Did:
    """Since when root has been asked, last."""
    now = clock.now().isoformat()
    return Did("waiting", {"asked": now if _unanswered(step) else step.detail.get("asked", now)})


def _unanswered(step: Step) -> bool:
    """Root was asked long ago: it may have been stopped in the middle, and takes up again what it finds."""
    asked = str(step.detail.get("asked", ""))
    return bool(asked) and asked < (clock.now() - ASK_AGAIN).isoformat()


Handler = Callable[[Leaving, Step], Did]
HANDLERS: Final[dict[str, Handler]] = {
    "formalities": _formalities, "access": _access, "rules": _rules, "shared": _shared, "groups": _groups,
    "delegations": _delegations, "roles": _roles, "keepers": _keepers, "reply": _reply, "forward": _forward,
    "handover": _handover, "retain": _retain, "period": _period, "export": _export, "ending": _ending,
}  # fmt: skip
ORDER: Final = tuple(HANDLERS)
#: What may be looked at before the last day is over.
BEFORE: Final = ("formalities", "keepers", "handover")
#: What waits until all above it is settled.
AFTER: Final = ("retain", "period", "export", "ending")
