"""The gate: our one program in the path of mail, a milter (protocol 6) that Postfix asks before it says 250.

Owns: the rules that no engine can hold by itself, and the sentences it answers with.
Never: talks to the database or the network, changes a message (yet), keeps a body it was not asked for.
Always: what it cannot judge is deferred (451), never let through. Everything it knows is `live/tables/gate.cdb`.
"""
