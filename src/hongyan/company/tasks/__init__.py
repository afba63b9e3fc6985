"""Background tasks: long work that a person started, with progress, its outcome, stop and resume."""
