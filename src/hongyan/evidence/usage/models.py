"""Counters of mail by company and hour, and one measure of disk space a day.

Always: `company` is a slug; empty stands for the machine (mail of no company; the whole disk). No address is kept.
"""

from __future__ import annotations

from django.db import models


class MailHour(models.Model):
    """Messages sent by the company's people (as the gate let them pass), arrived in its mailboxes, refused, put off."""

    company = models.CharField(max_length=40, blank=True)
    hour = models.DateTimeField()  #: its beginning
    sent = models.PositiveIntegerField(default=0)
    received = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    deferred = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "hour"], name="mail_hour_once")]

    def __str__(self) -> str:
        return f"{self.company} {self.hour:%Y-%m-%d %H}"


class StorageDay(models.Model):
    """Bytes that the company's mail takes on disk; for the machine: all mail, and how much is free."""

    company = models.CharField(max_length=40, blank=True)
    day = models.DateField()
    used = models.PositiveBigIntegerField()
    free = models.PositiveBigIntegerField(null=True)  #: of the disk; companies have none of their own

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "day"], name="storage_day_once")]

    def __str__(self) -> str:
        return f"{self.company} {self.day}"
