"""Releases: what the mail programs were told when, what changed in words, and the way back."""
