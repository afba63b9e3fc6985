"""The room of tokens: keys with which programs use the API."""
