"""The API `/api/v1/`: the same actions and queries as the console and the command line, for programs."""
