"""One supervisor per instance: its configuration, its control, and the sweep of what a dead one left behind."""
