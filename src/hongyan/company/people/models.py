"""Companies (tenants), their domains, units, posts, persons and their leave; accounts, roles and web sessions.

Always: every row belongs to one company (an account of the machine's operator to none); queries name the company.
Writes happen in `actions.py` only.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models

from hongyan.kernel.actor import PERMITS

#: Roles that are given; a head and a keeper have theirs by their post.
ROLES = tuple(role for role in PERMITS if role not in ("head", "keeper"))
#: How somebody leaves the company: by the rules, dismissed or gone without notice (G3.2.1), or his time was over.
LEAVING_KINDS = ("normal", "dismissed", "ended")
LOCALES = [("zh-Hant", "繁體中文"), ("zh-Hans", "简体中文"), ("en", "English")]


class Company(models.Model):
    """A tenant. Settings live here as columns until rules with scope take them over (policy)."""

    slug = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    locale = models.CharField(max_length=10, choices=LOCALES, default="zh-Hant")
    created_at = models.DateTimeField()
    quota_mb = models.PositiveIntegerField(default=3072)  # clause B3
    hourly_limit = models.PositiveIntegerField(default=200)  # clause B4.4
    max_message_mb = models.PositiveIntegerField(default=25)
    junk_days = models.PositiveSmallIntegerField(default=30)  # clause B4.9
    trash_days = models.PositiveSmallIntegerField(default=30)  # clause B4.9
    rename_keep_days = models.PositiveSmallIntegerField(default=90)  # clause C6
    password_min_length = models.PositiveSmallIntegerField(default=10)  # clause B4.12: a setting
    password_max_length = models.PositiveSmallIntegerField(default=64)
    password_max_age_days = models.PositiveSmallIntegerField(default=0)  # clause P10; 0: no limit
    #: Addresses that mail for postmaster@ and abuse@ goes to (RFC 5321 4.5.1, RFC 2142); empty: the company's office.
    postmaster = models.JSONField(default=list, blank=True)
    separated = models.BooleanField(default=False)  #: nobody holds two of the offices system, security, audit

    def __str__(self) -> str:
        return self.name


class Domain(models.Model):
    """A mail domain (clause R1). With `alias_of` every address of that domain exists here too."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="domains")
    name = models.CharField(max_length=253, unique=True)  #: A-labels, lower case
    alias_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="aliases")
    main = models.BooleanField(default=False)  #: new addresses get it; of none, the oldest
    selector = models.CharField(max_length=63)
    dkim_key = models.TextField()  #: PEM, RSA 2048; published to the signer alone
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A node of the company's tree. `path` is `總公司/信息部/網絡處`, unique in the company, at most 12 levels."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="units")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    name = models.CharField(max_length=80)
    path = models.CharField(max_length=1000)
    branch = models.BooleanField(default=False)  #: a branch (分公司): requests of its people pass its own IT clerk (B2)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "path"], name="unit_path")]
        # Prefixes need an index of their own where the database sorts by a language's rules (PostgreSQL).
        indexes = [
            models.Index(fields=["company", "path"], name="unit_below", opclasses=["int8_ops", "varchar_pattern_ops"])
        ]

    def __str__(self) -> str:
        return self.path


class Person(models.Model):
    """A member of staff. What the password rules compare with (clause B4.12) is kept here and shown to nobody."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="persons")
    name = models.CharField(max_length=100)
    latin_name = models.CharField(max_length=100, default="", blank=True)
    number = models.CharField(max_length=40, default="", blank=True)
    locale = models.CharField(max_length=10, choices=LOCALES, default="zh-Hant")
    phone = models.CharField(max_length=40, default="", blank=True)
    mobile = models.CharField(max_length=40, default="", blank=True)
    identity_number = models.CharField(max_length=30, default="", blank=True)
    card_number = models.CharField(max_length=40, default="", blank=True)
    birthday = models.DateField(null=True)
    joined_on = models.DateField(null=True)
    #: His last day. Who has one has left (`life.leave_company`); his posts stay as they were and hold no more.
    left_on = models.DateField(null=True)
    left_kind = models.CharField(max_length=10, default="", blank=True, choices=[(k, k) for k in LEAVING_KINDS])
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], condition=~models.Q(number=""), name="person_number"),
        ]
        indexes = [
            models.Index(fields=["company", "name"], name="person_name"),
            models.Index(fields=["company", "left_on"], name="person_left", condition=models.Q(left_on__isnull=False)),
            models.Index(fields=["company", "name"], name="person_staff", condition=models.Q(left_on__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.name


class Appointment(models.Model):
    """A person's post in a unit; a person may hold several. `lent`: a loan to another unit, with its last day.

    What holds today is `holding.holds()`: not past its last day, and of somebody who has not left.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="appointments")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="appointments")
    post = models.CharField(max_length=80, default="", blank=True)
    head = models.BooleanField(default=False)
    deputy = models.BooleanField(default=False)  #: deputy head: sees and decides as the head does
    grade = models.PositiveSmallIntegerField(default=0)  #: 0: none; higher is more senior (`Grade` names them)
    since = models.DateField(null=True)  #: unknown for what was entered before the day was kept
    until = models.DateField(null=True)  #: the last day
    lent = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "unit", "post"], name="appointment_once")]
        indexes = [
            models.Index(
                fields=["unit"], name="appointment_leads", condition=models.Q(head=True) | models.Q(deputy=True)
            ),
            models.Index(fields=["until"], name="appointment_until", condition=models.Q(until__isnull=False)),
            models.Index(fields=["person"], name="appointment_lent", condition=models.Q(lent=True)),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.post} {self.unit}"


class Grade(models.Model):
    """What a company calls a grade: 副經理 for 5. A grade without a name is shown as its number."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="grades")
    level = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "level"], name="grade_once")]

    def __str__(self) -> str:
        return f"{self.level} {self.name}"


class Absence(models.Model):
    """Leave, with who stands in meanwhile. Both days belong to it; without `until` it lasts until it is ended."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="absences")
    since = models.DateField()
    until = models.DateField(null=True)
    deputy = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="standing_in")
    reason = models.CharField(max_length=200, default="", blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["person", "until"], name="absence_of")]

    def __str__(self) -> str:
        return f"{self.person} {self.since} {self.until}"


class Accounts(BaseUserManager["Account"]):
    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(login=username)


class Account(AbstractBaseUser):
    """What signs in: a mailbox's owner by address, or the machine's operator.

    `must_change` with `first_until`: a first or reset password, dead after that moment on every protocol (B4.13).
    """

    login = models.CharField(max_length=254, unique=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, related_name="accounts")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="accounts")
    locale = models.CharField(max_length=10, choices=LOCALES, default="zh-Hant")
    must_change = models.BooleanField(default=False)
    first_until = models.DateTimeField(null=True)
    password_set_at = models.DateTimeField(null=True)
    former_passwords = models.JSONField(default=list)  #: hashes, newest first
    closed_at = models.DateTimeField(null=True)

    objects: ClassVar[Accounts] = Accounts()

    USERNAME_FIELD = "login"

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["company", "first_until"], name="account_first", condition=models.Q(must_change=True))
        ]

    def __str__(self) -> str:
        return self.login


class RoleGrant(models.Model):
    """A role with where it holds: a unit and what is below it, a whole company, or (no company) the whole machine.

    `permissions`: no more than these of the role's; None: all. `seats`, `storage_mb`: how many mailboxes and how many MiB
    the unit may hold when the holder opens or enlarges them (role `scoped`); None: no limit.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(max_length=20, choices=[(r, r) for r in ROLES])
    company = models.ForeignKey(Company, on_delete=models.CASCADE, null=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="grants")
    permissions = models.JSONField(null=True)
    seats = models.PositiveIntegerField(null=True)
    storage_mb = models.PositiveIntegerField(null=True)
    granted_at = models.DateTimeField()
    granted_by = models.CharField(max_length=254, default="", blank=True)
    reason = models.CharField(max_length=200, default="", blank=True)
    until = models.DateField(null=True)

    def __str__(self) -> str:
        return f"{self.account} {self.role}"


class Link(models.Model):
    """A link that signs in or activates once. Only the token's hash is kept."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="links")
    purpose = models.CharField(max_length=10, choices=[("signin", "signin"), ("activate", "activate")])
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.purpose} {self.account}"


class WebSession(AbstractBaseSession):
    """A web session with what its owner is shown: since when, last seen, from where, with what."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, related_name="sessions")
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    remote = models.CharField(max_length=45, default="")
    agent = models.CharField(max_length=300, default="")

    objects: ClassVar[BaseSessionManager[WebSession]] = BaseSessionManager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"{self.account} since {self.started_at}"
