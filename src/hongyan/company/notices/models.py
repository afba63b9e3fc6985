"""A company's own wording of its notices, its quiet hours, who wants one mail a day, and what waits for its time.

Always: no row means the default (the catalogue's sentences, no quiet hours, each notice by itself).
Writes happen in `actions.py`, `waiting.py`.
"""

from __future__ import annotations

from datetime import time

from django.db import models

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.models import LOCALES, Account, Company


class Template(models.Model):
    """What a notice says in this company and language instead of the default."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="notice_templates")
    notice = models.CharField(max_length=40)
    locale = models.CharField(max_length=10, choices=LOCALES)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=254)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "notice", "locale"], name="notice_template_once")]

    def __str__(self) -> str:
        return f"{self.notice} {self.locale} of {self.company}"


class Hours(models.Model):
    """When the company's notices wait (from `quiet_from` to `quiet_until`, past midnight too), and when digests go."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="notice_hours")
    quiet_from = models.TimeField(null=True)  #: None: never
    quiet_until = models.TimeField(null=True)
    digest_at = models.TimeField(default=time(8, 0))

    def __str__(self) -> str:
        return f"{self.company} {self.quiet_from}-{self.quiet_until}"


class Digest(models.Model):
    """The account's owner wants one mail a day instead of each notice (urgent ones come at once all the same)."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="notice_digest")

    def __str__(self) -> str:
        return str(self.account)


class Waiting(models.Model):
    """A notice that waits: for the end of the quiet hours, or (`digest`) for its reader's daily mail."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="waiting_notices")
    notice = models.CharField(max_length=40)
    params = models.JSONField(default=dict)
    digest = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.notice} to {self.mailbox}"
