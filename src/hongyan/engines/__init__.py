"""RUN: the processes, their supervision, and the clients that talk to the engines."""
