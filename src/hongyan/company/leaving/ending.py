"""What becomes of a leaver's mail: the archive, the deletion and its certificate, the address with a colleague.

Owns: `ask_export`, `export_again`, `finish`, `choose_end`; what root reports (`note_export`, `note_deletion`).
Never: touches a mail file: root does (engines/desk/leavers.py), and looks again whether it may.
Always: nothing is deleted before its period is over, before it was exported, or while a hold lasts; what was deleted is
stated by a row with its numbers, which is the certificate's source.
Clauses: G2.1.5, B4.8.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from hongyan.company.leaving import papers
from hongyan.company.leaving.models import ENDS, FORMATS, Deletion, Export, Leaving, LeavingMailbox, Step
from hongyan.company.leaving.queries import boxes_of, mailbox_of_person, may, rule_of
from hongyan.company.life import course
from hongyan.company.mailboxes.actions import close_mailbox
from hongyan.company.mailboxes.models import PERSONAL_KINDS, Mailbox
from hongyan.company.people.standing import is_self
from hongyan.kernel import clock, ledger, outbox
from hongyan.kernel.actor import Actor, schedule
from hongyan.kernel.decision import Refusal

SYSTEM = schedule("leaving")


def is_office(actor: Actor, leaving: Leaving) -> bool:
    return may(actor, "mailbox.write", leaving) and not is_self(actor, leaving.person)


def require_office(actor: Actor, leaving: Leaving) -> None:
    """What becomes of the mail is for the mail office (clause G2.1.5); never the leaver's own."""
    if not is_office(actor, leaving):
        raise Refusal("permission.missing", clause="G2.1.5", permission="mailbox.write")


def ask_export(leaving: Leaving, mailbox: Mailbox, form: str, recipient: str, *, by: str) -> Export:
    export = Export.objects.create(
        leaving=leaving, mailbox=mailbox, form=form, recipient=recipient, asked_by=by, asked_at=clock.now()
    )
    _record("leaving.export_asked", by, leaving, address=mailbox.address, form=form)
    outbox.enqueue(outbox.OPERATE, {"do": "leaving.export", "export": export.pk})
    return export


def export_again(*, actor: Actor, leaving: Leaving, form: str = "") -> list[Export]:
    """An archive now, in this format or the company's, besides the one that the process makes; also after a failure.

    Refuses `leaving.not_effective` while the leaver still works there, `leaving.form_unknown`, `leaving.export_busy`.
    """
    require_office(actor, leaving)
    if leaving.state not in ("running", "retained"):
        raise Refusal("leaving.not_effective", name=leaving.name)
    if form and form not in FORMATS:
        raise Refusal("leaving.form_unknown", form=form[:20], known=", ".join(FORMATS))
    if leaving.exports.filter(state__in=("waiting", "running")).exists():
        raise Refusal("leaving.export_busy", name=leaving.name)
    rule = rule_of(leaving.company)
    with transaction.atomic():
        return [
            ask_export(leaving, mailbox, form or rule.form, rule.recipient, by=actor.name)
            for mailbox in boxes_of(leaving)
            if mailbox.closed_at is None
        ]


@dataclass(frozen=True, slots=True)
class Made:
    """What root reports of an archive."""

    file: str
    sha256: str
    manifest_sha256: str
    size: int
    messages: int
    folders: int


def note_export(export: Export, made: Made | None, failed: str = "") -> None:
    """The caller has the process go on (`steps.advance`)."""
    with transaction.atomic():
        export.state, export.failed = ("done" if made else "failed"), failed[:300]
        if made is not None:
            export.file, export.sha256, export.manifest_sha256 = made.file, made.sha256, made.manifest_sha256
            export.size, export.messages, export.folders = made.size, made.messages, made.folders
            export.made_at = clock.now()
        export.save()
        facts = (
            {"sha256": made.sha256, "messages": made.messages, "file": made.file} if made else {"problem": failed[:200]}
        )
        _record(
            "leaving.exported" if made else "leaving.export_failed", "publisher", export.leaving,
            address=export.mailbox.address, **facts,
        )  # fmt: skip


def choose_end(*, actor: Actor, leaving: Leaving, end: str) -> None:
    """delete: the address stays unused. alias: it leads to the successor for a time (clause B4.8)."""
    require_office(actor, leaving)
    if end not in ENDS:
        raise Refusal("leaving.end_unknown", end=end[:20], known=", ".join(ENDS))
    if leaving.state in ("done", "returned", "cancelled") or leaving.deletions.exists():
        raise Refusal("leaving.over", name=leaving.name)
    if leaving.end == end:
        return
    with transaction.atomic():
        before, leaving.end = leaving.end, end
        leaving.save(update_fields=["end"])
        _record("leaving.end", actor.name, leaving, before=before, after=end)


def finish(*, actor: Actor, leaving: Leaving, reason: str) -> None:
    """A named person has the mail deleted: the period is over, the archive is made, no hold lasts.

    Refuses `leaving.period`, `leaving.held`, `leaving.no_export`, `leaving.paused`, `leaving.successor_missing` for an
    address that is to lead to nobody, `reason.missing`.
    """
    require_office(actor, leaving)
    if leaving.paused_at is not None:
        raise Refusal("leaving.paused", name=leaving.name)
    text = " ".join(reason.split())[:200]
    if not text:
        raise Refusal("reason.missing")
    with transaction.atomic():
        begin_deletion(leaving, by=actor.name, reason=text)


def begin_deletion(leaving: Leaving, *, by: str, reason: str = "") -> None:
    leaving.refresh_from_db(from_queryset=Leaving.objects.select_for_update(of=("self",)))
    require_deletable(leaving)
    if leaving.deletions.exists():
        raise Refusal("leaving.over", name=leaving.name)
    exports = {e.mailbox_id: e for e in leaving.exports.filter(state="done").order_by("pk")}
    for mailbox in boxes_of(leaving):
        if mailbox.closed_at is not None:
            continue
        if mailbox.pk not in exports:
            raise Refusal("leaving.no_export", clause="B4.8", address=mailbox.address)
        _close(leaving, mailbox)
        deletion = Deletion.objects.create(
            leaving=leaving, mailbox=mailbox, export=exports[mailbox.pk], asked_by=by, asked_at=clock.now()
        )
        _record("leaving.deletion_asked", by, leaving, address=mailbox.address, reason=reason)
        outbox.enqueue(outbox.OPERATE, {"do": "leaving.delete", "deletion": deletion.pk})
    _end_if_over(leaving)


def remind(leaving: Leaving) -> None:
    """Ask root again for what it has not answered; it does nothing twice."""
    for export in leaving.exports.filter(state__in=("waiting", "running")):
        outbox.enqueue(outbox.OPERATE, {"do": "leaving.export", "export": export.pk})
    for deletion in leaving.deletions.exclude(state="done"):
        outbox.enqueue(outbox.OPERATE, {"do": "leaving.delete", "deletion": deletion.pk})


def require_deletable(leaving: Leaving) -> None:
    """Asked here, and by root again right before it deletes."""
    if leaving.held_at is not None:
        raise Refusal("leaving.held", name=leaving.name, reason=leaving.held_reason)
    over = leaving.retain_until is not None and leaving.retain_until < clock.today()
    if leaving.state != "retained" or not over:
        until = leaving.retain_until.isoformat() if leaving.retain_until else ""
        raise Refusal("leaving.period", clause="B4.8", name=leaving.name, until=until)


def _close(leaving: Leaving, mailbox: Mailbox) -> None:
    """Nothing is delivered there any more; the address stays with the closed mailbox, or leads to the colleague."""
    if leaving.end == "delete" or mailbox.kind not in PERSONAL_KINDS:
        close_mailbox(actor=SYSTEM, mailbox=mailbox, reason="left")
        return
    heir = mailbox_of_person(leaving.successor) if leaving.successor is not None else None
    if heir is None:
        raise Refusal("leaving.successor_missing", clause="B4.8", name=leaving.name)
    until = clock.today() + timedelta(days=rule_of(leaving.company).alias_days)
    course.keep_as_alias(actor=SYSTEM, mailbox=mailbox, of=heir, until=until)


def note_deletion(deletion: Deletion, *, files: int, messages: int, size: int) -> None:
    """Root has removed it: the facts of the certificate."""
    with transaction.atomic():
        now = clock.now()
        deletion.state, deletion.failed, deletion.done_at = "done", "", now
        deletion.files, deletion.messages, deletion.size = files, messages, size
        deletion.save()
        LeavingMailbox.objects.filter(leaving=deletion.leaving, mailbox=deletion.mailbox).update(deleted_at=now)
        _record(
            "leaving.mail_deleted", deletion.asked_by, deletion.leaving, address=deletion.mailbox.address,
            messages=messages, files=files, bytes=size, export=deletion.export.sha256 if deletion.export else "",
        )  # fmt: skip
        _end_if_over(deletion.leaving)


def note_failure(deletion: Deletion, problem: str) -> None:
    Deletion.objects.filter(pk=deletion.pk).update(state="failed", failed=problem[:300])


def _end_if_over(leaving: Leaving) -> None:
    if leaving.deletions.exclude(state="done").exists():
        return
    leaving.state, leaving.ended_at = "done", clock.now()
    leaving.save(update_fields=["state", "ended_at"])
    Step.objects.filter(leaving=leaving, name="ending").update(
        state="done", at=clock.now(), by=SYSTEM.name, detail={"end": leaving.end} | _certificate(leaving)
    )
    _record("leaving.done", SYSTEM.name, leaving, end=leaving.end)


def _certificate(leaving: Leaving) -> dict[str, str]:
    return {"paper": papers.keep_deletion(leaving)} if leaving.deletions.exists() else {}


def _record(kind: str, by: str, leaving: Leaving, **params: object) -> None:
    subject = f"person/{leaving.person_id}" if leaving.person_id is not None else leaving.name
    ledger.record(kind, chain=leaving.company.slug, actor=by, subject=subject, number=leaving.pk, **params)
