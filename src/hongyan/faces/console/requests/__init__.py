"""The requests room of the console: every request of the reader's reach, the chains, who may file what."""
