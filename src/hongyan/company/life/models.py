"""What is written down of a mailbox's life beside its own row: stops, forwarding, answer, course, what was told of it.

Always: the mailbox's row itself says what the release and lists need (`suspended_at`, `no_sending`, `no_receiving`,
`stage`); these rows say since when, until when, why and by whom. Writes happen in `actions.py`, `course.py`, `rules.py` only.
"""

from __future__ import annotations

from django.db import models

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.models import Company

#: signing_in: nobody signs in on any protocol nor sends; a shared one is opened and used by nobody. sending: nothing is
#: sent from it or as it. receiving: mail to it is refused at once, with a sentence.
WHAT = ("sending", "signing_in", "receiving")


class Stop(models.Model):
    """One thing that a mailbox does not do for a time."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="stops")
    what = models.CharField(max_length=10, choices=[(w, w) for w in WHAT])
    reason = models.CharField(max_length=200, default="", blank=True)
    since = models.DateTimeField()
    until = models.DateField(null=True)  #: the last day of it; None: until it is lifted
    by = models.CharField(max_length=254)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=254, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "what"], condition=models.Q(lifted_at__isnull=True), name="stop_open_once"
            )
        ]
        indexes = [
            models.Index(fields=["until"], name="stop_due", condition=models.Q(lifted_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.what} of {self.mailbox}"


class Forward(models.Model):
    """New mail goes to a colleague as well; a copy stays (clause B4.8)."""

    mailbox = models.OneToOneField(Mailbox, on_delete=models.CASCADE, related_name="forward")
    to = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="forwarded_here")
    since = models.DateTimeField()
    by = models.CharField(max_length=254)

    def __str__(self) -> str:
        return f"{self.mailbox} -> {self.to}"


class Reply(models.Model):
    """What who writes to it is answered, once a day each."""

    mailbox = models.OneToOneField(Mailbox, on_delete=models.CASCADE, related_name="reply")
    texts = models.JSONField(default=dict)  #: locale -> text
    since = models.DateTimeField()
    by = models.CharField(max_length=254)

    def __str__(self) -> str:
        return f"answer of {self.mailbox}"


class Course(models.Model):
    """How it leaves: the mailbox's `stage` says how far it is, this row since when, until when, to whom."""

    mailbox = models.OneToOneField(Mailbox, on_delete=models.CASCADE, related_name="course")
    since = models.DateTimeField()
    by = models.CharField(max_length=254)
    until = models.DateField(null=True, db_index=True)  #: leaving: the last day at work; retained, alias: the last day
    successor = models.ForeignKey(Mailbox, on_delete=models.SET_NULL, null=True, related_name="succeeds")
    of = models.ForeignKey(Mailbox, on_delete=models.SET_NULL, null=True, related_name="former_addresses")

    def __str__(self) -> str:
        return f"{self.mailbox} since {self.since}"


class Told(models.Model):
    """A notice that was sent about a day, so that it is sent once (14, 7, 1 days before; unused)."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="told")
    what = models.CharField(max_length=20)
    day = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailbox", "what", "day"], name="told_once")]

    def __str__(self) -> str:
        return f"{self.what} of {self.mailbox}"


class IdleRule(models.Model):
    """What happens to mailboxes that nobody signs in to (clause G2.1.6). No row: nothing."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="idle_rule")
    notice_days = models.PositiveIntegerField()  #: without a sign-in, after which the owner is told
    suspend_days = models.PositiveIntegerField()  #: after the notice
    release_days = models.PositiveIntegerField(null=True)  #: after the suspension the seat is free; None: never
    seen_seq = models.PositiveBigIntegerField(default=0)  #: how far the audit was read for sign-ins
    ran_on = models.DateField(null=True)

    def __str__(self) -> str:
        return f"{self.company}: {self.notice_days}+{self.suspend_days}+{self.release_days}"


class Seen(models.Model):
    """The last day on which somebody signed in, from the evidence; no row: never since it was opened."""

    mailbox = models.OneToOneField(Mailbox, on_delete=models.CASCADE, related_name="seen")
    on = models.DateField(db_index=True)

    def __str__(self) -> str:
        return f"{self.mailbox} {self.on}"
