"""The audit room: what happened in one company (or to the machine), found, proven whole, taken along."""
