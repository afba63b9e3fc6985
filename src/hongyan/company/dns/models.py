"""The last look at a domain's DNS records, and its MTA-STS policy.

Always: findings are codes and parameters; words are made when they are shown. Writes happen in `actions.py` only.
"""

from __future__ import annotations

from typing import Final

from django.db import models

from hongyan.company.people.models import Domain

#: RFC 8461 3.2. A domain without a row has the first one.
MODES: Final = ("testing", "enforce", "none")
#: right: every needed record. partly: a useful one is wrong. wrong: a needed one is. unreachable: it could not be told.
STATES: Final = ("right", "partly", "wrong", "unreachable")


class DomainCheck(models.Model):
    """One row a domain. `asked_at` later than `checked_at`: a check was asked for and has not been done yet."""

    domain = models.OneToOneField(Domain, on_delete=models.CASCADE, related_name="dns_check")
    asked_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True, db_index=True)
    server = models.CharField(max_length=80, default="", blank=True)  #: who was asked; empty: the system's resolver
    state = models.CharField(max_length=12, choices=[(s, s) for s in STATES], default="", blank=True)
    findings = models.JSONField(default=list)  #: `check.Finding.row()` of each record

    def __str__(self) -> str:
        return f"{self.domain}: {self.state or 'not checked'}"

    @property
    def waiting(self) -> bool:
        return self.asked_at is not None and (self.checked_at is None or self.checked_at < self.asked_at)


class StsPolicy(models.Model):
    domain = models.OneToOneField(Domain, on_delete=models.CASCADE, related_name="sts_policy")
    mode = models.CharField(max_length=8, choices=[(m, m) for m in MODES], default=MODES[0])
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.domain}: {self.mode}"
