"""The room of imports: sheets uploaded, matched, looked at, applied, taken back."""
