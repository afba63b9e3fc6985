"""What a confirmed import does, by the bulk actions, and what takes it back."""
