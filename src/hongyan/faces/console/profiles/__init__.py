"""Profiles: what posts bring and take back; what a move would change."""
