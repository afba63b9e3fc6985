"""What the rows of a sheet would do to the company as it is now: pure plans, nothing written."""
