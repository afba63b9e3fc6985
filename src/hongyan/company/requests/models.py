"""Requests and what they pass through: chains in versions, rules per form, steps, seats, decisions, attachments.

Always: a row of a chain never changes once it is written; a step carries a copy of what its chain says of it.
Writes happen in `actions.py` and what it gathers.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.models import Account, Company, Person, Unit

STATES = ("waiting", "returned", "ready", "stuck", "done", "rejected", "withdrawn")
#: Of requests that still need somebody.
OPEN_STATES = ("waiting", "returned", "ready", "stuck")
STEP_STATES = ("ahead", "open", "approved", "rejected", "returned", "skipped", "dropped")
#: In what capacity somebody files: for himself, as head of a unit of the person, as HR, as who runs mail there.
FILERS = ("self", "head", "hr", "office")
VERDICTS = ("approve", "reject", "return")
BY = ("page", "mail", "bulk", "cli", "api")
#: Why somebody sits at a step: by the chain's relation, passed upward to him, because the deadline went by, called in, put in.
ORIGINS = ("relation", "upward", "escalated", "added", "reassigned")
#: What is to be said of a step: condition not met; nobody found, so the office; nobody found, so left out; who sits there has
#: approved before; its deadline went by; the applicant would have decided himself; who decides is away and nobody stands in;
#: every step was left out, so the office; who sat there has left, others were asked.
NOTES = ("condition", "office", "nobody", "already", "escalated", "upward", "away", "empty", "reseated")


class Chain(models.Model):
    """One version of a named chain (`chains.py` says what `steps` holds)."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="chains")
    name = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    title = models.JSONField(default=dict)  #: by locale
    steps = models.JSONField(default=list)
    pack = models.CharField(max_length=10, default="", blank=True)  #: the ready policy that it came with
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=254)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "name", "version"], name="chain_version")]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class FormRule(models.Model):
    """How a company uses a form. No row: as the pack in use says."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="form_rules")
    form = models.CharField(max_length=30)
    enabled = models.BooleanField(default=True)
    chain = models.CharField(max_length=40)  #: a chain's name; the newest version is taken when a request is filed
    exception = models.CharField(
        max_length=40, default="", blank=True
    )  #: the chain of the exception route (B1.7), if any
    who = models.JSONField(default=list)  #: conditions of which one must hold; none: everybody
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=254)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "form"], name="form_rule_once")]

    def __str__(self) -> str:
        return f"{self.form} of {self.company}"


class Series(models.Model):
    """The last number that a request of the company got, and the pack it uses."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE, primary_key=True, related_name="request_series")
    last = models.PositiveIntegerField(default=0)
    pack = models.CharField(max_length=10, default="", blank=True)

    def __str__(self) -> str:
        return f"{self.company} {self.last}"


class Request(models.Model):
    """One request. `fields` are cleaned values: addresses, dates as ISO text, persons by primary key, units by path."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="requests")
    number = models.PositiveIntegerField()  #: counted within the company
    form = models.CharField(max_length=30)
    fields = models.JSONField(default=dict)
    subject = models.CharField(max_length=254, default="", blank=True)  #: the address that it is about
    #: The mailbox that it is about, or that came of it; stays the same when that is renamed.
    mailbox = models.ForeignKey(Mailbox, on_delete=models.SET_NULL, null=True, related_name="requests")
    #: None: filed at the machine's shell. For a program whoever made its token.
    applicant = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="requests")
    filed_by = models.CharField(max_length=254)  #: as in the audit
    filed_as = models.CharField(max_length=10, choices=[(f, f) for f in FILERS])
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="requests")  #: whom it is for
    unit = models.ForeignKey(Unit, on_delete=models.SET_NULL, null=True, related_name="requests")  #: where it lies
    exception = models.BooleanField(default=False)  #: by the exception route (clause B1.7)
    rule = models.CharField(max_length=20, default="", blank=True)  #: the clause under which it was eligible
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="requests")
    round = models.PositiveSmallIntegerField(default=1)  #: grows when it was sent back and comes again
    state = models.CharField(max_length=10, choices=[(s, s) for s in STATES], default="waiting")
    filed_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, default="", blank=True)  #: of the last refusal, return or withdrawal
    refusal = models.JSONField(null=True)  #: stuck: {"code", "params", "clause"} of what the action refused
    result = models.JSONField(default=dict)  #: done: what came of it, e.g. {"address": ...}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "number"], name="request_number")]
        indexes = [
            models.Index(fields=["applicant", "-id"], name="request_mine"),
            models.Index(fields=["person", "-id"], name="request_for"),
            models.Index(fields=["company", "state", "-id"], name="request_state"),
            models.Index(fields=["company", "-id"], name="request_list"),
            models.Index(fields=["unit", "-id"], name="request_unit"),
            models.Index(fields=["mailbox", "-id"], name="request_mailbox"),
            models.Index(fields=["changed_at"], name="request_returned", condition=Q(state="returned")),
            models.Index(
                fields=["company", "subject"], name="request_subject", condition=Q(state__in=OPEN_STATES)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"#{self.number} {self.form}"


class Step(models.Model):
    """A station of a request in one round. `spec` is the chain's own text of it."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="steps")
    round = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveSmallIntegerField()
    spec = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=[(s, s) for s in STEP_STATES], default="ahead")
    notes = models.JSONField(default=list)  #: of NOTES, in order
    office = models.BooleanField(default=False)  #: whoever runs mail for the whole company may decide it
    opened_at = models.DateTimeField(null=True)
    remind_at = models.DateTimeField(null=True)  #: the next reminder
    due_at = models.DateTimeField(null=True)  #: when it is passed on to somebody else
    escalations = models.PositiveSmallIntegerField(default=0)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "round", "position"], name="step_position")]
        indexes = [
            models.Index(fields=["due_at"], name="step_due", condition=Q(state="open")),
            models.Index(fields=["remind_at"], name="step_remind", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.request} step {self.position}"


class Seat(models.Model):
    """Somebody who may decide a step. `stand_in` may do it as well, while the person is away."""

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="seats")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="seats")
    stand_in = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="seats_kept")
    origin = models.CharField(max_length=10, choices=[(o, o) for o in ORIGINS], default="relation")
    required = models.BooleanField(default=False)  #: the step needs this one's consent, whoever else gives his
    open = models.BooleanField(default=True)  #: False: he left, somebody else took over, or the step is over
    approved = models.BooleanField(default=False)
    seated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["step", "person"], name="seat_once")]
        indexes = [
            models.Index(fields=["person"], name="seat_open", condition=Q(open=True)),
            models.Index(fields=["stand_in"], name="seat_kept", condition=Q(open=True, stand_in__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.person} at {self.step}"


class Decision(models.Model):
    """What somebody said at a step, how and when."""

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="decisions")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="decisions")
    name = models.CharField(max_length=254)  #: as in the audit: an address, `cli:root`
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="decisions")
    instead_of = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")  #: whose seat it was
    verdict = models.CharField(max_length=10, choices=[(v, v) for v in VERDICTS])
    reason = models.CharField(max_length=500, default="", blank=True)
    by = models.CharField(max_length=5, choices=[(b, b) for b in BY], default="page")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account", "-id"], name="decision_mine")]

    def __str__(self) -> str:
        return f"{self.verdict} by {self.name}"


class Attachment(models.Model):
    """A scan or a file that belongs to a request. Its bytes lie in a row of their own, so that lists never carry them."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=254)

    def __str__(self) -> str:
        return self.name


class Content(models.Model):
    """The bytes of an attachment."""

    attachment = models.OneToOneField(Attachment, on_delete=models.CASCADE, primary_key=True, related_name="content")
    data = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.attachment}"
