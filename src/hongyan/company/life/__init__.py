"""The life of a mailbox: what stops it and for how long, its leaving, its keeping, what becomes of its address."""
