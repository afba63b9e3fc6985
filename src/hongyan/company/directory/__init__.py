"""The company's address book, and a head's view of his units: reads over the same persons, posts and mailboxes."""
