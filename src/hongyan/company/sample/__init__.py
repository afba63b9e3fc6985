"""A company to look at: people, mailboxes and a week of mail, as readable data (`data/`) and what makes it real."""
