"""The room of a mailbox's life: where it is, what comes next, what moved it; what happens to mailboxes nobody uses."""
