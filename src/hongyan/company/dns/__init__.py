"""What a mail domain needs in the DNS: the records, whether the world sees them, the domain's MTA-STS policy."""
