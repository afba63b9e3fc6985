"""DECIDE: the only home of intent."""
