"""Permits: who may write and forward outside, send large messages, write to closed groups."""
