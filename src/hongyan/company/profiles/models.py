"""Profiles of posts, what they bring, and what they brought to whom.

Always: `Given` says what somebody has because of his posts, by itself: a profile may be changed or removed, and what it
gave is still found and taken back. What was given by hand has no row here.
Writes happen in `actions.py` and `settling.py` only.
"""

from __future__ import annotations

from django.db import models

from hongyan.company.mailboxes.models import Group, Mailbox
from hongyan.company.people.models import Company, Person, RoleGrant, Unit

#: group: member of a group. shared: rights in a shared mailbox. permit: a permit (`value` KIND or KIND:VALUE).
#: role: a role for the unit that the post is in. size: megabytes of the mailbox.
KINDS = ("group", "shared", "permit", "role", "size")
#: given: he has it. waiting: somebody else has to agree (roles, shared mailboxes). failed: it could not be given.
STATES = ("given", "waiting", "failed")


class Profile(models.Model):
    """Posts that bring something: those in a unit (None: anywhere), of a title (empty: any), of a grade and above."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="profiles")
    name = models.CharField(max_length=100)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="profiles")
    below = models.BooleanField(default=True)  #: posts in units below that one as well
    post = models.CharField(max_length=80, default="", blank=True)
    grade = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="profile_name")]

    def __str__(self) -> str:
        return self.name


class Item(models.Model):
    """One thing that a profile brings."""

    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="items")
    kind = models.CharField(max_length=10, choices=[(k, k) for k in KINDS])
    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, related_name="+")
    shared = models.ForeignKey(Mailbox, on_delete=models.CASCADE, null=True, related_name="+")
    rights = models.JSONField(default=list)  #: of a shared mailbox: names out of `members.RIGHTS`
    value = models.CharField(max_length=300, default="", blank=True)

    def __str__(self) -> str:
        return f"{self.kind} of {self.profile}"


class Given(models.Model):
    """What a person's mailbox has because of a post of his."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="given")
    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="given")
    key = models.CharField(max_length=400)  #: what it is, once for each mailbox (`things.Thing.key`)
    kind = models.CharField(max_length=10, choices=[(k, k) for k in KINDS])
    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, related_name="+")
    shared = models.ForeignKey(Mailbox, on_delete=models.CASCADE, null=True, related_name="+")
    grant = models.ForeignKey(RoleGrant, on_delete=models.SET_NULL, null=True, related_name="+")
    rights = models.JSONField(default=list)
    value = models.CharField(max_length=300, default="", blank=True)
    before = models.PositiveIntegerField(null=True)  #: of a size: the mailbox's own before it
    #: Whose post brought it: the unit, and the profile by number and name. Kept when either is gone.
    unit = models.ForeignKey(Unit, on_delete=models.SET_NULL, null=True, related_name="+")
    profile = models.ForeignKey(Profile, on_delete=models.SET_NULL, null=True, related_name="given")
    source = models.CharField(max_length=40)  #: `profile/3`, as its permits say
    name = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices=[(s, s) for s in STATES], default="given")
    problem = models.CharField(max_length=60, default="", blank=True)  #: code of the refusal, when it failed
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailbox", "key"], name="given_once")]

    def __str__(self) -> str:
        return f"{self.key} to {self.mailbox}"


class Due(models.Model):
    """A person whose posts or profiles changed among many: settled by the schedule."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="profile_due")

    def __str__(self) -> str:
        return str(self.person)
