"""What can be found, the beginnings by which it is found, and how far the audit has been followed.

Always: derived from the other rooms' rows and never the source of anything; may be thrown away and made again.
"""

from __future__ import annotations

from django.db import models

from hongyan.company.people.models import Company

KINDS = ("person", "mailbox", "group", "alias", "unit", "domain")


class Entry(models.Model):
    """One thing. `key`: its address or path, by which its page is reached."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=[(k, k) for k in KINDS])
    object_id = models.BigIntegerField()
    key = models.CharField(max_length=1000)
    title = models.CharField(max_length=254)
    detail = models.CharField(max_length=1000, default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="finder_entry_once")]
        indexes = [models.Index(fields=["company", "kind", "key"], name="finder_key")]

    def __str__(self) -> str:
        return f"{self.kind} {self.title}"


class Token(models.Model):
    """A beginning, in UTF-8 bytes: these sort alike in every database, so that a prefix is a range of an index.

    `place`: company and kind in one number, `company * 8 + kind`.
    """

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="tokens", db_index=False)
    place = models.BigIntegerField()
    token = models.BinaryField(max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["place", "token", "entry"], name="finder_prefix"),
            models.Index(fields=["entry", "token"], name="finder_of_entry"),
        ]

    def __str__(self) -> str:
        return bytes(self.token).decode("utf-8", "replace")


class Followed(models.Model):
    """Up to which event of a company's chain the entries are right."""

    chain = models.CharField(max_length=40, primary_key=True)
    seq = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.chain}/{self.seq}"


def place_of(company_id: int, kind: str) -> int:
    return company_id * 8 + KINDS.index(kind)
