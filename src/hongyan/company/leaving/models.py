"""The leaving process: one row per leaver, its steps, the mailboxes that go, looks into them, and what was made of them.

Always: a step is done by the system or ticked by a named person, and says who and when; nothing here is deleted, so that
years later it can be told how somebody left and what became of his mail.
Writes happen in `actions.py`, `steps.py`, `looking.py`, `ending.py` only.
Clauses: R2, G2.1.5, G2.2.2, G3.2.1, G3.2.2, B4.8.
"""

from __future__ import annotations

from django.db import models

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.models import Account, Company, Person, Unit

#: normal: after the last day; immediate: at once (a dismissal); scheduled: as normal, known well before.
KINDS = ("normal", "immediate", "scheduled")
#: planned: the last day is not over. running: being handed over. retained: handed over, the mail is kept for its period.
#: done: mail deleted, or kept as an alias. returned: came back. cancelled: never began.
STATES = ("planned", "running", "retained", "done", "returned", "cancelled")
OPEN_STATES = ("planned", "running", "retained")
STEP_STATES = ("waiting", "blocked", "done", "skipped")
ENDS = ("delete", "alias")
FORMATS = ("maildir", "mbox", "eml")


class Rule(models.Model):
    """A company's settings for leavers; without a row the defaults hold."""

    company = models.OneToOneField(Company, on_delete=models.PROTECT, related_name="leaving_rule")
    retain_days = models.PositiveSmallIntegerField(default=30)  # clause B4.8: one month
    form = models.CharField(max_length=10, choices=[(f, f) for f in FORMATS], default="maildir")
    #: An age public key (age1...): exports are encrypted to it. Empty: they lie unencrypted, for root alone.
    recipient = models.CharField(max_length=100, default="", blank=True)
    #: Delete by itself when the period is over and the export is made; otherwise a named person says so.
    automatic = models.BooleanField(default=False)
    alias_days = models.PositiveSmallIntegerField(default=180)  #: how long an address that is kept leads to a colleague

    def __str__(self) -> str:
        return f"leaving at {self.company}"


class Leaving(models.Model):
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="leavings")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="leavings")
    #: Where it lies, as it was when it began: a leaver's posts end, and his head is still to see it.
    units = models.ManyToManyField(Unit, related_name="leavings")
    name = models.CharField(max_length=100)  #: the person's, or the mailbox's, as it was
    kind = models.CharField(max_length=10, choices=[(k, k) for k in KINDS])
    state = models.CharField(max_length=10, choices=[(s, s) for s in STATES])
    last_day = models.DateField(null=True)  #: access ends when it is over; None: at once
    reason = models.CharField(max_length=300, default="", blank=True)  #: immediate: the written order (clause G3.2.1)
    successor = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="succeeds")
    successor_left = models.BooleanField(default=False)  #: another one must be named
    begun_at = models.DateTimeField()
    begun_by = models.CharField(max_length=254)
    effective_at = models.DateTimeField(null=True)  #: when access ended
    paused_at = models.DateTimeField(null=True)
    paused_by = models.CharField(max_length=254, default="", blank=True)
    paused_reason = models.CharField(max_length=200, default="", blank=True)
    held_at = models.DateTimeField(null=True)  #: the law asks for the mail: nothing is deleted
    held_by = models.CharField(max_length=254, default="", blank=True)
    held_reason = models.CharField(max_length=200, default="", blank=True)
    retain_until = models.DateField(null=True)
    end = models.CharField(max_length=10, choices=[(e, e) for e in ENDS], default="delete")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["company", "-id"], name="leaving_list"),
            models.Index(fields=["id"], name="leaving_open", condition=models.Q(state__in=OPEN_STATES)),
            models.Index(fields=["company", "name"], name="leaving_name"),
        ]
        constraints = [
            # Two people begin the same leaving at the same moment: one of them does.
            models.UniqueConstraint(
                fields=["person"], name="leaving_once",
                condition=models.Q(state__in=OPEN_STATES, person__isnull=False),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.name} {self.state}"


class LeavingMailbox(models.Model):
    """A mailbox that goes with the process. `address` as it was, for the record."""

    leaving = models.ForeignKey(Leaving, on_delete=models.CASCADE, related_name="mailboxes")
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="leavings")
    address = models.CharField(max_length=254)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["leaving", "mailbox"], name="leaving_mailbox_once")]

    def __str__(self) -> str:
        return f"{self.address} of {self.leaving}"


class Step(models.Model):
    """One line of the checklist. `detail`: what was done (addresses, counts), or the refusal that blocks it."""

    leaving = models.ForeignKey(Leaving, on_delete=models.CASCADE, related_name="steps")
    name = models.CharField(max_length=20)
    position = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=[(s, s) for s in STEP_STATES], default="waiting")
    at = models.DateTimeField(null=True)
    by = models.CharField(max_length=254, default="", blank=True)
    note = models.CharField(max_length=300, default="", blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["leaving", "name"], name="leaving_step_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"


class Look(models.Model):
    """A supervised look into a leaver's mailbox: asked by one person, allowed by another, for a time (clause G2.1.5)."""

    leaving = models.ForeignKey(Leaving, on_delete=models.CASCADE, related_name="looks")
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="looks")
    asked_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="looks_asked")
    asked_at = models.DateTimeField()
    reason = models.CharField(max_length=300)
    days = models.PositiveSmallIntegerField(default=3)
    allowed_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="looks_allowed")
    allowed_at = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  #: given back, or refused by the second person
    ended_by = models.CharField(max_length=254, default="", blank=True)

    def __str__(self) -> str:
        return f"{self.asked_by} into {self.mailbox}"


class Handed(models.Model):
    """A message that was handed on to a colleague out of a look."""

    look = models.ForeignKey(Look, on_delete=models.CASCADE, related_name="handed")
    folder = models.CharField(max_length=500)
    uid = models.PositiveBigIntegerField()
    subject = models.CharField(max_length=300, default="", blank=True)
    to = models.CharField(max_length=254)
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    failed = models.CharField(max_length=300, default="", blank=True)

    def __str__(self) -> str:
        return f"{self.folder}/{self.uid} to {self.to}"


class Export(models.Model):
    """An archive of a mailbox in a standard format. Made by root (engines/desk), which fills in what it made."""

    leaving = models.ForeignKey(Leaving, on_delete=models.CASCADE, related_name="exports")
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="exports")
    form = models.CharField(max_length=10, choices=[(f, f) for f in FORMATS])
    recipient = models.CharField(max_length=100, default="", blank=True)
    asked_by = models.CharField(max_length=254)
    asked_at = models.DateTimeField()
    #: waiting, running, done, failed
    state = models.CharField(max_length=10, default="waiting")
    file = models.CharField(max_length=200, default="", blank=True)  #: its name below DIR/exports
    sha256 = models.CharField(max_length=64, default="", blank=True)
    manifest_sha256 = models.CharField(max_length=64, default="", blank=True)
    size = models.PositiveBigIntegerField(default=0)
    messages = models.PositiveIntegerField(default=0)
    folders = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(null=True)
    failed = models.CharField(max_length=300, default="", blank=True)

    def __str__(self) -> str:
        return f"{self.mailbox} {self.form} {self.state}"


class Deletion(models.Model):
    """That a mailbox's mail was removed from disk, and the facts that its certificate states (clause B4.8)."""

    leaving = models.ForeignKey(Leaving, on_delete=models.CASCADE, related_name="deletions")
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="deletions")
    export = models.ForeignKey(Export, on_delete=models.PROTECT, null=True, related_name="deletions")
    asked_by = models.CharField(max_length=254)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, default="waiting")  #: waiting, done, failed
    files = models.PositiveIntegerField(default=0)
    messages = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    failed = models.CharField(max_length=300, default="", blank=True)

    def __str__(self) -> str:
        return f"{self.mailbox} {self.state}"
