"""The first page of the console: how the machine does, for its operator; how the company does, for its office."""
