"""Mails from the service to its people: which there are, what they say in each company, and when they are sent."""
