"""Rules as values: passwords first."""
