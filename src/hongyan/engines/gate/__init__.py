"""The gate: our one program in the path of mail, a milter (protocol 6) that Postfix asks before it says 250.

Owns: the rules that no engine can hold by itself, and the sentences it answers with.
Never: talks to the database or the network, changes what a message says, keeps a body it was not asked for. It adds a
Sender field and a copy where somebody writes for a shared mailbox (shared.py).
Always: what it cannot judge is deferred (451), never let through. Everything it knows is `live/tables/gate.cdb`.
"""
