"""Bulk work by spreadsheet: persons, posts, mailboxes and groups read from .xlsx and .csv, checked, applied, undone."""
