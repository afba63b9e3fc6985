"""What single mailboxes may do beyond the company's rules: write outside, forward outside, send large mail, write to a group."""
