"""The SCIM 2.0 server at `/scim/v2/` (RFC 7644), to which an identity provider tells who works here."""
