"""Mailboxes of every kind, aliases, groups, app passwords."""
