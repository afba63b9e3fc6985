"""Answers that were taken: so that one message counts once, and what was made of it can be told."""

from __future__ import annotations

from django.db import models

from hongyan.company.people.models import Account


class Answer(models.Model):
    """`digest`: of login, address and Message-ID. `outcome`: done, or the code of the refusal."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="answers")
    digest = models.CharField(max_length=64, unique=True)
    step = models.PositiveBigIntegerField(null=True)
    verdict = models.CharField(max_length=10, default="", blank=True)
    outcome = models.CharField(max_length=60)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.outcome} of {self.account}"
