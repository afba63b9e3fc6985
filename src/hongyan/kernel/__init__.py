"""Values that every room shares: addresses, actors, decisions, the instance, the ledger. Imports nothing of ours."""
