"""Webhooks: a company's events, told to another program's address, signed."""
