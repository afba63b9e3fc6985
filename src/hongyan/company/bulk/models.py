"""A bulk run and its rows.

Always: a run's rows are fixed when it is made, so what was looked at is what is applied; a row's outcome is written in
the transaction that applied it, so a row is applied once, whatever stops the run.
"""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from hongyan.company.people.models import Account, Company
from hongyan.company.tasks.models import Task

ROW_STATES = ("waiting", "done", "refused", "failed")


class Run(models.Model):
    """`operation` names what is done (`operations.py`). Without `begun_at` it is a draft, which is thrown away in time."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="bulk_runs")
    operation = models.CharField(max_length=60)
    account = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="bulk_runs")
    actor = models.CharField(max_length=254)
    params = models.JSONField(default=dict)
    source = models.CharField(max_length=1000, default="", blank=True)  #: the list that the rows were chosen in
    task = models.ForeignKey(Task, on_delete=models.SET_NULL, null=True, related_name="+")
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["account", "-id"], name="bulk_run_of_account")]

    def __str__(self) -> str:
        return f"{self.operation} {self.pk}"

    @property
    def settled(self) -> int:
        return self.done + self.refused + self.failed


class RunRow(models.Model):
    """One row: the object by its primary key, its name as it was chosen, and what came of it."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    object_id = models.BigIntegerField()
    label = models.CharField(max_length=254)
    state = models.CharField(max_length=10, choices=[(s, s) for s in ROW_STATES], default="waiting")
    said = models.JSONField(default=dict, encoder=DjangoJSONEncoder)  #: {code, params, clause} of a refusal

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="bulk_row_order")]
        indexes = [models.Index(fields=["run", "state", "number"], name="bulk_row_state")]

    def __str__(self) -> str:
        return f"{self.run} #{self.number} {self.state}"
