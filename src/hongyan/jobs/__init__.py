"""Background work: the publisher (root, release and engines) and the worker (notices, intake, schedule)."""
