"""The room of webhooks: events that other programs are told of."""
