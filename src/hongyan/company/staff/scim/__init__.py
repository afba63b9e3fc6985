"""SCIM 2.0 (RFC 7643, RFC 7644): what an identity provider tells us of users and groups, as Entra ID and Okta do it."""
