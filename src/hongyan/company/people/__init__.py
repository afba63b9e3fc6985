"""Companies, domains, units, persons, posts, accounts and roles."""
