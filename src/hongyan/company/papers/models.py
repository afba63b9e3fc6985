"""Kept papers, their printed form apart from them, and the counter of their numbers.

Always: `context` is all that the paper says; `sha256` is of the printed file, empty until it is printed.
Writes happen in `actions.py` only.
"""

from __future__ import annotations

from django.db import models

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.models import LOCALES, Company, Person

KINDS = ("request", "handover", "deletion")


class Paper(models.Model):
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="papers")
    number = models.CharField(max_length=40)  #: HC-2026-00001
    kind = models.CharField(max_length=20, choices=[(k, k) for k in KINDS])
    locale = models.CharField(max_length=10, choices=LOCALES)
    subject = models.CharField(max_length=254)  #: whom or what it is about: a name, an address
    mailbox = models.ForeignKey(Mailbox, on_delete=models.SET_NULL, null=True, related_name="papers")
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="papers")
    context = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=254)
    sha256 = models.CharField(max_length=64, default="", blank=True, db_index=True)
    size = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "number"], name="paper_number")]
        indexes = [
            models.Index(fields=["company", "-id"], name="paper_list"),
            models.Index(fields=["id"], name="paper_open", condition=models.Q(sha256="")),
        ]

    def __str__(self) -> str:
        return self.number


class Print(models.Model):
    """The file. Apart, so that lists never read it."""

    paper = models.OneToOneField(Paper, on_delete=models.CASCADE, related_name="printed")
    body = models.BinaryField()

    def __str__(self) -> str:
        return f"print of {self.paper}"


class Series(models.Model):
    """The last number of a kind in a year. Numbers have no gaps: one that was given out is a row."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="paper_series")
    kind = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "kind", "year"], name="paper_series")]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}: {self.last}"
