"""Setting up mail programs: what they fetch by themselves, and the guide for their owners."""
