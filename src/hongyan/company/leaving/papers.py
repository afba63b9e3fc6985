"""What a leaving leaves on paper: the hand-over certificate and the certificate of deletion (clauses R2, B4.8).

Always: made of the rows alone, in the company's language; kept with a number and a digest (company/papers).
"""

from __future__ import annotations

from typing import Any

from hongyan.company.leaving.models import Leaving, Step
from hongyan.company.leaving.queries import boxes_of, mailbox_of_person, places_of_leaving, steps_of
from hongyan.company.mailboxes.models import Alias, Group, Mailbox
from hongyan.company.papers.actions import keep_paper
from hongyan.company.people.relations import main_post
from hongyan.kernel.actor import schedule
from hongyan.kernel.decision import Decision
from hongyan.kernel.wording import say

SYSTEM = schedule("leaving")


def keep_handover(leaving: Leaving) -> str:
    """Its number."""
    return _keep(leaving, "handover", handover(leaving))


def keep_deletion(leaving: Leaving) -> str:
    return _keep(leaving, "deletion", deletion(leaving))


def _keep(leaving: Leaving, kind: str, context: dict[str, Any]) -> str:
    boxes = boxes_of(leaving)
    return keep_paper(
        actor=SYSTEM, company=leaving.company, kind=kind, context=context, locale=leaving.company.locale,
        subject=leaving.name, mailbox=boxes[0] if boxes else None, person=leaving.person,
    ).number  # fmt: skip


def handover(leaving: Leaving) -> dict[str, Any]:
    post = main_post(leaving.person) if leaving.person is not None else None
    heir = mailbox_of_person(leaving.successor) if leaving.successor is not None else None
    steps = {step.name: step for step in steps_of(leaving)}
    locale = leaving.company.locale
    return {
        "company": leaving.company.name,
        "person": leaving.name,
        "person_number": leaving.person.number if leaving.person is not None else "",
        "unit": post.unit.path if post else "、".join(places_of_leaving(leaving)),
        "post": post.post if post else "",
        "kind": leaving.kind,
        "reason": leaving.reason,
        "last_day": leaving.last_day.isoformat() if leaving.last_day else "",
        "effective_at": leaving.effective_at.isoformat() if leaving.effective_at else "",
        "retain_until": leaving.retain_until.isoformat() if leaving.retain_until else "",
        "successor": leaving.successor.name if leaving.successor else "",
        "successor_address": heir.address if heir else "",
        "mailboxes": [mailbox.address for mailbox in boxes_of(leaving)],
        "steps": [_line(step, locale) for step in steps.values() if step.state in ("done", "skipped")],
        "shared": [_shared(address) for address in _kept(steps["keepers"])],
        "groups": [_group(address) for address in steps["groups"].detail.get("handed", [])],
        "handed": _handed(leaving),
        "exports": _exports(leaving),
    }


def _line(step: Step, locale: str) -> dict[str, str]:
    note = step.note or (say(Decision("leaving.not_needed"), locale) if step.state == "skipped" else "")
    by = say(Decision("leaving.by_system"), locale) if step.by == SYSTEM.name else step.by
    what = say(Decision(f"leaving.step.{step.name}"), locale)
    return {"what": what, "at": step.at.isoformat() if step.at else "", "by": by, "note": note}


def _kept(step: Step) -> list[str]:
    return [str(address) for address in step.detail.get("mailboxes", [])]


def _shared(address: str) -> dict[str, str]:
    mailbox = Mailbox.objects.select_related("keeper").filter(address=address).first()
    if mailbox is None:
        return {"address": address, "name": "", "keeper": ""}
    return {
        "address": address,
        "name": mailbox.display_name,
        "keeper": mailbox.keeper.name if mailbox.keeper else "",
    }


def _group(address: str) -> dict[str, str]:
    group = Group.objects.select_related("owner").filter(address=address).first()
    return {"address": address, "owner": group.owner.name if group and group.owner else ""}


def _handed(leaving: Leaving) -> list[dict[str, str]]:
    return [
        {"subject": row.subject, "to": row.to, "at": row.at.isoformat()}
        for look in leaving.looks.order_by("pk")
        for row in look.handed.filter(done_at__isnull=False).order_by("pk")
    ]


def _exports(leaving: Leaving) -> list[dict[str, Any]]:
    rows = leaving.exports.filter(state="done").select_related("mailbox").order_by("pk")
    return [
        {
            "address": row.mailbox.address, "form": row.form, "messages": row.messages, "size": row.size,
            "sha256": row.sha256, "encrypted": bool(row.recipient),
        }
        for row in rows
    ]  # fmt: skip


def deletion(leaving: Leaving) -> dict[str, Any]:
    rows = list(leaving.deletions.select_related("mailbox").order_by("pk"))
    context: dict[str, Any] = {
        "company": leaving.company.name,
        "person": leaving.name,
        "mailboxes": [
            {
                "address": row.mailbox.address, "opened_at": row.mailbox.opened_at.date().isoformat(),
                "deleted_at": row.done_at.isoformat() if row.done_at else "", "messages": row.messages, "size": row.size,
            }
            for row in rows
        ],
        "retained_from": leaving.effective_at.date().isoformat() if leaving.effective_at else "",
        "retain_until": leaving.retain_until.isoformat() if leaving.retain_until else "",
        "asked_by": _by(rows[0].asked_by, leaving.company.locale) if rows else "",
        "reason": leaving.reason,
        "exports": _exports(leaving),
    }  # fmt: skip
    alias = Alias.objects.filter(address__in=[row.mailbox.address for row in rows]).first()
    if alias is not None:
        until = alias.until.isoformat() if alias.until else ""
        context["alias"] = {"address": alias.address, "to": alias.target, "until": until}
    return context


def _by(name: str, locale: str) -> str:
    return say(Decision("leaving.by_system"), locale) if name == SYSTEM.name else name


def paper_numbers(leaving: Leaving) -> list[str]:
    """Of the certificates that were kept."""
    return [str(step.detail["paper"]) for step in steps_of(leaving) if step.detail.get("paper")]
