"""Between Postfix and the MTA-STS resolver: a domain that has DANE is left to DANE (RFC 8461 2)."""
