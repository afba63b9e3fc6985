"""Answers to notices: a decision by mail (clauses G3.1.2, B2, P12).

A notice that asks for a decision carries `Reply-To: approval+TOKEN@DOMAIN` (`tokens`). Who answers it from his own account is
believed to be who has signed in, which the gate alone says (engines/gate/answers.py); what he wrote is read by its first line
(`reading`, `verdicts`); the decision is the action that the page calls (`actions.take_answer`); he is told what came of it.

Never: answers what no person wrote (RFC 3834), decides by what is quoted, guesses at a verdict, or believes a From field.
Always: one message is taken once, however often it comes; what is not understood is refused with how to write it.
"""
