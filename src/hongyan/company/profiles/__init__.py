"""What a post brings and, when its holder leaves it, takes back: groups, shared mailboxes, permits, a role, a size."""
