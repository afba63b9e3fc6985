"""The policy's room: publishing editions, and who has not read the newest."""
