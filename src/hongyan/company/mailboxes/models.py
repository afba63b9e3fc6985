"""Mailboxes of all kinds, aliases, groups and app passwords; the claim that makes an address unique among them.

Always: an address exists at most once on the machine (`Claim`), whatever it is; a closed mailbox keeps its claim.
Writes happen in `actions.py` only.
"""

from __future__ import annotations

from django.db import models

from hongyan.company.people.models import Account, Company, Person, Unit

KINDS = ("personal", "shared", "section", "project", "intern")
#: Kinds that one person signs in to. The others have members and a keeper, never a password (clause G3.2.2).
PERSONAL_KINDS = ("personal", "intern")
SHARED_KINDS = ("shared", "section", "project")
STAGES = ("leaving", "retained", "alias")


class Claim(models.Model):
    """The right to an address. Its primary key settles a race of any number of openers."""

    address = models.CharField(max_length=254, primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="claims")
    kind = models.CharField(max_length=10, choices=[(k, k) for k in ("mailbox", "alias", "group")])

    def __str__(self) -> str:
        return self.address


class Mailbox(models.Model):
    """One mailbox. `home` names its directory below `mail/` and stays when the address is renamed."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="mailboxes")
    address = models.CharField(max_length=254, unique=True)
    kind = models.CharField(max_length=10, choices=[(k, k) for k in KINDS], default="personal")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="mailboxes")
    keeper = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="kept_mailboxes")
    #: Where it lies in the company's tree; None for one with a person, which lies where its person does.
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="mailboxes")
    account = models.OneToOneField(Account, on_delete=models.PROTECT, null=True, related_name="mailbox")
    display_name = models.CharField(max_length=100, default="", blank=True)
    home = models.CharField(max_length=330, unique=True)
    quota_mb = models.PositiveIntegerField(null=True)  #: None: the company's
    hourly_limit = models.PositiveIntegerField(null=True)  #: None: the company's
    opened_at = models.DateTimeField()
    expires_on = models.DateField(null=True)
    suspended_at = models.DateTimeField(null=True)
    suspended_reason = models.CharField(max_length=200, default="", blank=True)
    #: Where it is in its life beyond working (company/life): leaving, retained, alias (closed; the address is a colleague's).
    stage = models.CharField(max_length=10, default="", blank=True, choices=[(s, s) for s in STAGES])
    #: Stopped apart from signing in (which `suspended_at` stops, and with it sending). clause G2.1.6
    no_sending = models.BooleanField(default=False)
    no_receiving = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True)
    #: MiB as Dovecot counts them, rounded up, and when it was asked (engines/filling.py): for lists, not for decisions.
    used_mb = models.PositiveIntegerField(default=0)
    measured_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["company", "address"], name="mailbox_list"),
            models.Index(fields=["company", "used_mb"], name="mailbox_used"),
            models.Index(
                fields=["company", "expires_on"], name="mailbox_expiry", condition=models.Q(expires_on__isnull=False)
            ),
            models.Index(fields=["address"], name="mailbox_silent", condition=models.Q(no_receiving=True)),
        ]

    def __str__(self) -> str:
        return self.address


class Alias(models.Model):
    """An address that delivers to another one. `until` is set for a former name kept for a time (clause C6)."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="mail_aliases")
    address = models.CharField(max_length=254, unique=True)
    target = models.CharField(max_length=254, db_index=True)
    until = models.DateField(null=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.address} -> {self.target}"


class Group(models.Model):
    """A distribution group and who may write to it (clauses P7, P12)."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="groups")
    address = models.CharField(max_length=254, unique=True)
    name = models.CharField(max_length=100, default="", blank=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="groups")
    #: Who looks after it: adds and removes members, without any other right.
    owner = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="owned_groups")
    who = models.CharField(
        max_length=10, choices=[(w, w) for w in ("anyone", "company", "members", "listed")], default="company"
    )
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.address


class GroupMember(models.Model):
    """A member (`writer` False), or somebody on the list of those who may write (`writer` True)."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="entries")
    address = models.CharField(max_length=254, db_index=True)
    writer = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "address", "writer"], name="group_member_once")]

    def __str__(self) -> str:
        return f"{self.address} in {self.group}"


class Membership(models.Model):
    """What a person's mailbox may do with a shared one (clauses G3.2.2, G4.2.4). `members.RIGHTS` explains the rights."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="memberships")
    member = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="member_of")
    read = models.BooleanField(default=False)
    write = models.BooleanField(default=False)
    send_as = models.BooleanField(default=False)
    on_behalf = models.BooleanField(default=False)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailbox", "member"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.member} in {self.mailbox}"


class SendAs(models.Model):
    """The right of a mailbox's owner to send under another address (clause G4.2.4)."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="send_as")
    address = models.CharField(max_length=254, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailbox", "address"], name="send_as_once")]

    def __str__(self) -> str:
        return f"{self.mailbox} as {self.address}"


class AppPassword(models.Model):
    """A password for one device, shown once, revocable alone (clauses G4.2.3, P10)."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="app_passwords")
    device = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=64)
    protocols = models.JSONField(default=list)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.device} of {self.mailbox}"
