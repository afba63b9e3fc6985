"""The staff list kept in step: by spreadsheet, by a directory (LDAP, Active Directory), by SCIM 2.0 (clause G2.2.2)."""
