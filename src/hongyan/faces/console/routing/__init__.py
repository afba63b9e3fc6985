"""The room of addresses that lead to others: aliases, and groups with their members, writers and owner."""
