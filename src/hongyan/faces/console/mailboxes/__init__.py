"""The room of mailboxes: their list, the page of one, opening one."""
