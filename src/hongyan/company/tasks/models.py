"""One row per piece of long work that somebody started: what, for whom, how far, how it ended."""

from __future__ import annotations

from django.db import models

from hongyan.company.people.models import Account, Company

STATES = ("waiting", "running", "done", "failed", "stopped")
OPEN_STATES = ("waiting", "running")


class Task(models.Model):
    """`kind` names the handler (`kinds.py`). How far a running one is stands in a file (`progress.py`), not here."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, related_name="tasks")
    kind = models.CharField(max_length=40)
    actor = models.CharField(max_length=254)  #: the actor's name, as in the audit
    account = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="tasks")
    params = models.JSONField(default=dict)
    cursor = models.JSONField(default=dict)  #: where to go on after an interruption; the handler's own
    state = models.CharField(max_length=10, choices=[(s, s) for s in STATES], default="waiting")
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    outcome = models.JSONField(
        default=dict
    )  #: what the handler returned, or {"error": {code, params, clause, reasons}}
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="task_open", condition=models.Q(state__in=["waiting", "running"])),
            models.Index(fields=["account", "-id"], name="task_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} {self.state}"
