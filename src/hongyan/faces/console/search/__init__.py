"""Search over everything of a company, in the frame of every page and on a page of its own."""
