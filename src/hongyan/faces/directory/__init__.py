"""The address book of the reader's company, and his team when he heads one."""
