"""Where a list comes from: a sheet, a directory, an identity provider. Each yields entries, whatever it is made of."""
