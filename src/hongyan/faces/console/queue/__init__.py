"""The queue room: mail that waits, what it waits for, trying again, deleting with a reason."""
