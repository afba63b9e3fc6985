"""How far each journal file was taken in. Moved in the same transaction as the events it led to."""

from __future__ import annotations

from django.db import models


class JournalMark(models.Model):
    """A file is known by its inode, since a full journal is renamed."""

    journal = models.CharField(max_length=40)
    inode = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journal", "inode"], name="journal_mark_once")]

    def __str__(self) -> str:
        return f"{self.journal}:{self.inode}@{self.offset}"
