"""From the journals that the mail path writes to events of the audit, each exactly once."""
