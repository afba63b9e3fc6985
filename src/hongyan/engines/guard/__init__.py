"""The guard: slows and locks guessing of passwords, on every protocol and at the web, and writes down who signed in.

Owns: the counts of wrong passwords per account and network, the locks, the journal `guard.jsonl`.
Never: sees a password (Dovecot and the web send a salted hash), checks one, talks to the database.
Always: what it answers does not show whether an account exists; locks outlive the process. Clauses B4.10, G4.2.5, P10.

It is Dovecot's auth policy server (https://doc.dovecot.org/2.3/configuration_manual/authentication/auth_policy/).
"""
