"""A company's look, and its pictures apart from it: a page asks for the first and never for the second.

Always: `logo` and `picture` name what is in `Picture` (digest and kind, as in its address), empty for none.
"""

from __future__ import annotations

from typing import Final

from django.db import models

from hongyan.company.people.models import Company

SLOTS: Final = ("logo", "picture")


class Look(models.Model):
    """No row: the product's own look."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="look")
    accent = models.CharField(max_length=7, default="", blank=True)  #: #rrggbb; empty: the product's colour
    title = models.CharField(max_length=80, default="", blank=True)  #: on the sign-in page; empty: the company's name
    welcome = models.CharField(max_length=200, default="", blank=True)
    logo = models.CharField(max_length=40, default="", blank=True)  #: DIGEST.KIND
    picture = models.CharField(max_length=40, default="", blank=True)
    signature = models.TextField(default="", blank=True)  #: with variables in braces (signature.py)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"look of {self.company}"


class Picture(models.Model):
    """A picture as it is served: made anew from what was uploaded."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="pictures")
    slot = models.CharField(max_length=10, choices=[(s, s) for s in SLOTS])
    name = models.CharField(max_length=40)  #: DIGEST.KIND
    body = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "slot"], name="picture_once")]

    def __str__(self) -> str:
        return f"{self.slot} of {self.company}"
