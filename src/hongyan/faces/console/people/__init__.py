"""The people room: staff, the tree of units, one person's page, adding and changing."""
