"""The company's mail policy as its staff read and acknowledge it (clause G2.2.3); publishing is the console's."""
