"""The machine's services and their logs, for who runs it."""
