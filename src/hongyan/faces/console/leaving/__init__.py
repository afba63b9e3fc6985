"""The room of leaving: who leaves, the checklist, the supervised look, what becomes of the mail."""
