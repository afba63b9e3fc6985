"""The notices room: what the service's mails say in this company, and when they are sent."""
