"""OBSERVE: what happened, taken in from the engines' journals, kept in order, verifiable."""
