"""Imports, their checked rows, what they made, and what is remembered of a company's own headings.

Always: rows of the check are what is applied; nothing else is read again. Cells that are kept for the password rules alone
are wiped when the import is over (`actions.forget_secrets`).
"""

from __future__ import annotations

from django.db import models

from hongyan.company.imports.fields import KINDS
from hongyan.company.people.models import Account, Company
from hongyan.company.tasks.models import Task

#: uploaded: columns are being matched; checked: the preview is there; stale: what it was made of has changed since.
STATES = ("uploaded", "checked", "stale", "applied", "undone", "dropped")
#: What a row does. `leaver`: no row of the sheet, but somebody whom the sheet does not name.
VERDICTS = ("bad", "add", "move", "change", "same", "leaver")


class Import(models.Model):
    """One file on its way from upload to applied (or dropped)."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="imports")
    kind = models.CharField(max_length=12, choices=[(k, k) for k in KINDS])
    state = models.CharField(max_length=10, choices=[(s, s) for s in STATES], default="uploaded")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    sheet = models.CharField(max_length=100, default="", blank=True)
    sheets = models.JSONField(default=list)
    headings = models.JSONField(default=list)
    samples = models.JSONField(default=list)  #: the first values of each column; gone with the file
    columns = models.JSONField(default=list)  #: a field (or "") for each column
    create_units = models.BooleanField(default=True)
    notes = models.JSONField(default=list)  #: [[code, params]]
    counts = models.JSONField(default=dict)  #: verdict -> rows; `staff`: persons beforehand
    new_units = models.JSONField(default=list)
    actor = models.CharField(max_length=254)
    account = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="imports")
    task = models.ForeignKey(Task, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    applied_by = models.CharField(max_length=254, default="", blank=True)
    links_at = models.DateTimeField(null=True)  #: when the activation links were handed out
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["company", "-id"], name="import_history")]

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name} {self.state}"


class ImportRow(models.Model):
    """One row of the sheet (number 0: somebody the sheet does not name), what it says and what it would do."""

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    verdict = models.CharField(max_length=8, choices=[(v, v) for v in VERDICTS])
    label = models.CharField(max_length=300)  #: whom or what it is about, as people know it
    values = models.JSONField(default=dict)
    changes = models.JSONField(default=list)  #: [[field, before, after]]
    problems = models.JSONField(default=list)  #: [[column, code, params]]

    class Meta:
        indexes = [models.Index(fields=["batch", "verdict", "number"], name="import_rows")]

    def __str__(self) -> str:
        return f"{self.number} {self.verdict} {self.label}"


class ImportMade(models.Model):
    """One thing that an applied import made or changed, for its undoing, in the order of making."""

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="made")
    row = models.PositiveIntegerField()
    what = models.CharField(max_length=12)  #: unit, person, fields, post, posts, mailbox, group, members
    ref = models.CharField(max_length=254)  #: primary key, address or path
    label = models.CharField(max_length=300)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.what} {self.ref}"


class ColumnMap(models.Model):
    """A mapping that a person has confirmed for these headings."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="column_maps")
    kind = models.CharField(max_length=12)
    headings_key = models.CharField(max_length=64)
    columns = models.JSONField(default=list)
    used_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "kind", "headings_key"], name="column_map_once")]

    def __str__(self) -> str:
        return f"{self.company} {self.kind}"


class ImportRules(models.Model):
    """How much of the staff an import may change before it asks a second time, in percent."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE, primary_key=True, related_name="import_rules")
    mass_percent = models.PositiveSmallIntegerField(default=20)

    def __str__(self) -> str:
        return f"{self.company}: {self.mass_percent} %"
