"""Leaving: how a person, or a mailbox, goes: one process with a checklist, from the last day to the certificate."""
