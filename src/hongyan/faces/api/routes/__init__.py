"""The routes, by what they are about. Each parses, calls an action or a query, and answers."""
