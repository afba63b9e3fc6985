"""Tokens: keys with which programs act in a company's name, and the answers kept for their repeated requests."""
