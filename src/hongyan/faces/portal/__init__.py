"""Self-service: signing in, passwords, one's own mailbox."""
