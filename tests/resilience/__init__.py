"""An instance that is damaged, killed, cut off and guessed at: what holds meanwhile, and that it comes back whole."""
