"""The room of staff lists: comparisons looked at and applied, directories and identity providers."""
