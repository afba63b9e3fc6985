"""What the console asks of root: the publisher does it and leaves the answer as a file (see `work`, `asking`)."""
