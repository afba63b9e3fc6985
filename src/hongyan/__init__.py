"""Hongyan: company mail with the company's own policy built in."""

__version__ = "0.1.0"
