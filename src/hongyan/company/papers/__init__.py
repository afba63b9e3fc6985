"""Papers: what is printed, signed and filed, as PDF.

Owns: the kinds of papers, their templates and words, their numbers, the kept ones with their SHA-256.
Never: decides anything, or prints in a process that stays: a child does, and its memory is gone with it. The child reads
nothing but what it is given: no file, no network.
Always: a kept paper never changes; its number, its contents and its digest are rows, the digest an event in the audit.

What other rooms call::

    make_paper(kind, context, locale) -> bytes                    # a PDF, kept nowhere; about two seconds
    actions.keep_paper(*, actor, company, kind, context, locale, subject, mailbox=None, person=None) -> Paper
    queries.pdf_of(paper) -> bytes                                # prints it at first demand
    queries.find_paper(actor, number) -> Paper

`keep_paper` writes rows alone (it may stand in a transaction); the worker prints within seconds. `kinds.py` says what a
context may hold.
"""
