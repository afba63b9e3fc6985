"""Permits of mailboxes, and which of them a company asks for.

Always: no row of `Modes` means what a new company gets: everybody writes outside, who forwards outside needs a permit
(clause B4.10). A permit is in force while its row is there; what falls due is ended by an action.
Writes happen in `actions.py` only.
"""

from __future__ import annotations

from django.db import models

from hongyan.company.mailboxes.models import Group, Mailbox
from hongyan.company.people.models import Company, Unit

#: outside: write to addresses of other companies (P13). forward: pass mail on to them by a rule (B4.10). large: messages
#: of up to so many MB. group: write to a group that is closed to others (P12).
KINDS = ("outside", "forward", "large", "group")
MODES = ("everyone", "approved")


class Modes(models.Model):
    """Who may write and forward outside in a company: everyone, or those with a permit."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="permit_modes")
    outside = models.CharField(max_length=10, choices=[(m, m) for m in MODES], default="everyone")
    forward = models.CharField(max_length=10, choices=[(m, m) for m in MODES], default="approved")

    def __str__(self) -> str:
        return f"{self.company}: outside {self.outside}, forward {self.forward}"


class Permit(models.Model):
    """One exception for one mailbox. `source`: empty for one given by hand, `request/12`, `profile/3`."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="permits")
    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="permits")
    kind = models.CharField(max_length=10, choices=[(k, k) for k in KINDS])
    #: forward: an address, `@domain`, or `*` for anywhere; large: megabytes; group: empty, `group` says it.
    value = models.CharField(max_length=254, default="", blank=True)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, related_name="permits")
    until = models.DateField(null=True, db_index=True)  #: the last day; None: until it is ended
    #: Where its owner worked when a group permit was given: it ends when he leaves there.
    unit = models.ForeignKey(Unit, on_delete=models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=200, default="", blank=True)
    source = models.CharField(max_length=40, default="", blank=True)
    granted_at = models.DateTimeField()
    granted_by = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "kind", "value", "source"], condition=models.Q(group=None), name="permit_once"
            ),
            models.UniqueConstraint(
                fields=["mailbox", "group", "source"], condition=models.Q(group__isnull=False), name="permit_group_once"
            ),
        ]
        indexes = [models.Index(fields=["company", "granted_at"], name="permit_list")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} of {self.mailbox}"

    @property
    def address(self) -> str:
        """Whose it is."""
        return self.mailbox.address

    @property
    def subject(self) -> str:
        """What the permit is for, as people read it: a target, a size in MB, a group's address; empty for `outside`."""
        return self.group.address if self.group is not None else self.value
