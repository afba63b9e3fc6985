"""The room of roles: who holds what, granting and revoking, an account's rights explained, separation of the offices."""
