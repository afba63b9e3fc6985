"""Figures over time: mail by the hour, disk space by the day."""
