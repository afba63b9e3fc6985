"""Where staff lists come from, who is who in them, what they would change, and what an identity provider has told us.

Always: a report's lines are what is applied, nothing is read again; a source's password is sealed, of its key only the hash
is kept; what was kept for the password rules alone leaves a line when it is settled.
"""

from __future__ import annotations

import uuid

from django.db import models

from hongyan.company.people.models import Account, Company, Person
from hongyan.company.tasks.models import Task

KINDS = ("sheet", "ldap", "scim")
#: open: lines wait; settled: none waits any more; replaced: a later look at the same source; dropped: nobody wanted it.
REPORT_STATES = ("reading", "open", "settled", "replaced", "dropped")
#: What a line does. `back`: somebody who had left is named again; `conflict`: a person has to look.
VERDICTS = ("conflict", "leave", "move", "change", "join", "back")
#: gone: there is nothing to do any more.
LINE_STATES = ("open", "applied", "skipped", "gone")


class Source(models.Model):
    """A directory that is asked, or an identity provider that tells us. Sheets are no source: they come by hand."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="staff_sources")
    kind = models.CharField(max_length=5, choices=[(k, k) for k in KINDS[1:]])
    name = models.CharField(max_length=100)
    enabled = models.BooleanField(default=True)
    settings = models.JSONField(default=dict)  #: `sources/settings.py` says what may stand here
    sealed = models.BinaryField(default=bytes)  #: the password for the directory
    key_hash = models.CharField(max_length=64, default="", blank=True, db_index=True)  #: SCIM: SHA-256 of the key
    key_hint = models.CharField(max_length=8, default="", blank=True)
    key_until = models.DateField(null=True)  #: the last day on which the key is taken
    auto = models.BooleanField(default=False)  #: what is clear and within the guard is applied at once
    whole = models.BooleanField(default=False)  #: it names everybody; else only those leave whom it named before
    create_units = models.BooleanField(default=True)
    open_mailboxes = models.BooleanField(default=False)
    every_hours = models.PositiveSmallIntegerField(default=0)  #: 0: by hand
    next_at = models.DateTimeField(null=True, db_index=True)
    last_at = models.DateTimeField(null=True)
    last_error = models.JSONField(default=dict)  #: {code, params} of the last look, or {}
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="staff_source_name")]

    def __str__(self) -> str:
        return f"{self.name} ({self.kind})"


class Link(models.Model):
    """Who somebody of a source is here. `key`: what the source never changes of him."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="links")
    key = models.CharField(max_length=200)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="staff_links")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="staff_link_once")]

    def __str__(self) -> str:
        return f"{self.key} {self.person}"


class Report(models.Model):
    """The difference between a list and the staff: one row, its lines beside it."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="staff_reports")
    source = models.ForeignKey(Source, on_delete=models.SET_NULL, null=True, related_name="reports")
    kind = models.CharField(max_length=5, choices=[(k, k) for k in KINDS])
    name = models.CharField(max_length=200)  #: the file, or the source as it was called
    state = models.CharField(max_length=8, choices=[(s, s) for s in REPORT_STATES], default="reading")
    whole = models.BooleanField(default=False)  #: who is not named leaves
    create_units = models.BooleanField(default=True)
    notes = models.JSONField(default=list)  #: [[code, params]]
    counts = models.JSONField(default=dict)  #: verdict -> lines; `same`, `listed`, `staff`
    new_units = models.JSONField(default=list)
    guarded = models.BooleanField(default=False)  #: so many would leave that somebody has to say why
    override_by = models.CharField(max_length=254, default="", blank=True)
    override_reason = models.CharField(max_length=300, default="", blank=True)
    actor = models.CharField(max_length=254)
    account = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="staff_reports")
    task = models.ForeignKey(Task, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["company", "-id"], name="staff_report_list"),
            models.Index(fields=["source", "state"], name="staff_report_of_source"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"


class Line(models.Model):
    """One person in a report, what the list says of him and what that would do."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()  #: the row of the sheet, or the place in the list; 0: not named
    verdict = models.CharField(max_length=8, choices=[(v, v) for v in VERDICTS])
    state = models.CharField(max_length=8, choices=[(s, s) for s in LINE_STATES], default="open")
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="staff_lines")
    key = models.CharField(max_length=200, default="", blank=True)
    label = models.CharField(max_length=300)
    values = models.JSONField(default=dict)
    changes = models.JSONField(default=list)  #: [[field, before, after]]
    problems = models.JSONField(default=list)  #: [[column, code, params]]
    settled_by = models.CharField(max_length=254, default="", blank=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["report", "state", "verdict", "id"], name="staff_line_list"),
            models.Index(fields=["report", "verdict", "id"], name="staff_line_verdict"),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.label}"


class StaffRules(models.Model):
    """How many may leave by lists within a day before somebody has to say why."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE, primary_key=True, related_name="staff_rules")
    most_leavers = models.PositiveIntegerField(default=50)
    most_percent = models.PositiveSmallIntegerField(default=5)

    def __str__(self) -> str:
        return f"{self.company}: {self.most_leavers}, {self.most_percent} %"


# -- what an identity provider has told us (RFC 7643) -------------------------------------------------------------
class ScimUser(models.Model):
    """A user as the provider describes it; `data` is the resource without what we add."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="users")
    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    user_name = models.CharField(max_length=320)
    name_key = models.CharField(max_length=320)  #: as it is compared: userName is not case exact (RFC 7643 4.1.1)
    external_id = models.CharField(max_length=200, default="", blank=True)
    mail_key = models.CharField(max_length=320, default="", blank=True)  #: the first work address, lower case
    active = models.BooleanField(default=True)
    data = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "name_key"], name="scim_user_name")]
        indexes = [
            models.Index(fields=["source", "external_id"], name="scim_user_external"),
            models.Index(fields=["source", "mail_key"], name="scim_user_mail"),
            models.Index(fields=["source", "id"], name="scim_user_list"),
        ]

    def __str__(self) -> str:
        return self.user_name


class ScimGroup(models.Model):
    """A group of the provider's. `address`: the mail group whose members follow it; empty: none does."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="groups")
    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    display_name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=200)
    external_id = models.CharField(max_length=200, default="", blank=True)
    address = models.CharField(max_length=254, default="", blank=True)
    members: models.ManyToManyField[ScimUser, ScimMember] = models.ManyToManyField(
        ScimUser, related_name="groups", through="ScimMember"
    )
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "name_key"], name="scim_group_name")]
        indexes = [models.Index(fields=["source", "id"], name="scim_group_list")]

    def __str__(self) -> str:
        return self.display_name


class ScimMember(models.Model):
    group = models.ForeignKey(ScimGroup, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(ScimUser, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "user"], name="scim_member_once")]

    def __str__(self) -> str:
        return f"{self.group}: {self.user}"
