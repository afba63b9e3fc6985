"""Set-up of the machine and of an instance: packages, users, placement, ports, certificates, secrets."""
