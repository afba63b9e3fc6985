"""One action for many rows: chosen, looked at beforehand, applied in the background, each row's outcome kept."""
