"""The company's settings, and how its pages look."""
