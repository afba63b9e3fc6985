"""Bearer tokens of programs, and the answers that are kept so that a repeated request is not done twice.

Always: of a token only its hash is kept; a kept answer is sealed under the token itself, which nobody stores.
Writes happen in `actions.py` and `answers.py` only.
"""

from __future__ import annotations

from django.db import models

from hongyan.company.people.models import Account, Company, Unit


class Token(models.Model):
    """A key for a program: one role, for the machine, a company or a unit, until a day."""

    name = models.CharField(max_length=100)
    hash = models.CharField(max_length=64, unique=True)  #: SHA-256 of the whole token
    hint = models.CharField(max_length=8)  #: its last letters, to tell tokens apart
    maker = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="tokens")  #: None: the shell
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="children")
    made_by = models.CharField(max_length=254)  #: the maker's name as the audit has it
    role = models.CharField(max_length=20)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, related_name="tokens")  #: None: all
    #: A unit that is removed takes its tokens with it: without it they would reach the whole company.
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, null=True, related_name="tokens")
    only = models.JSONField(null=True)  #: no more than these permissions of the role; None: all of them
    per_minute = models.PositiveIntegerField(default=3000)
    created_at = models.DateTimeField()
    expires_on = models.DateField()  #: the last day on which it is taken
    used_at = models.DateTimeField(null=True)  #: to the hour
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["company", "id"], name="token_list")]

    def __str__(self) -> str:
        return f"{self.name} …{self.hint}"


class Answer(models.Model):
    """What a write with this idempotency key was answered; the same request gets it again for a day."""

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="answers")
    key = models.CharField(max_length=64)  #: SHA-256 of the client's key
    fingerprint = models.CharField(max_length=64)  #: SHA-256 of method, path and body
    status = models.PositiveSmallIntegerField()
    sealed = models.BinaryField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="answer_once")]

    def __str__(self) -> str:
        return f"{self.status} {self.token}"
