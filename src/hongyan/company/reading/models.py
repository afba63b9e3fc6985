"""Editions of a company's mail policy, and who has acknowledged which.

Always: an edition is never changed; a new one takes its place (clause B4.14). Writes happen in `actions.py` only.
"""

from __future__ import annotations

from django.db import models

from hongyan.company.people.models import Account, Company


class Edition(models.Model):
    """The policy's whole text from a day on, in one language or more: {"zh-Hant": "..."}."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="editions")
    number = models.PositiveIntegerField()
    titles = models.JSONField()
    texts = models.JSONField()
    note = models.CharField(max_length=500, default="", blank=True)  #: what is new in it
    effective_on = models.DateField()
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=254)
    #: When whoever has not acknowledged it is reminded next (None: no more), and after which account a round goes on.
    remind_at = models.DateTimeField(null=True, db_index=True)
    remind_after = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "number"], name="edition_number")]

    def __str__(self) -> str:
        return f"{self.company} {self.number}"


class Acknowledgement(models.Model):
    """The account's owner has said that he read the edition."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="acknowledgements")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="acknowledgements")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "account"], name="acknowledged_once")]

    def __str__(self) -> str:
        return f"{self.account} {self.edition}"
