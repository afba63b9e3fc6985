"""The company's written policy: its editions, who has read and acknowledged the newest, who is reminded (clause G2.2.3)."""
