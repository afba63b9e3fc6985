"""What goes in and comes out, by what it is about; the document is made from it."""
