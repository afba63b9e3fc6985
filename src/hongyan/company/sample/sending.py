"""Sends sample messages by the two ways mail comes in; the callables that do it are given.

Owns: `send`.
Never: sends to the outside: nobody lives there, and staff would find a bounce for each such mail.
Always: one message that is refused stops no other; a lost connection stops all.
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from hongyan.company.sample.conversations import SampleMessage

Submit = Callable[[str, str, tuple[str, ...], bytes], None]  #: login, sender, recipients, message
Receive = Callable[[str, tuple[str, ...], bytes], None]  #: sender, recipients, message
Progress = Callable[[int, int], None]  #: done, of how many


@dataclass(frozen=True, slots=True)
class Refused:
    message: SampleMessage
    reason: str


def send(
    messages: Iterable[SampleMessage],
    domains: Collection[str],
    submit: Submit,
    receive: Receive,
    progress: Progress = lambda done, total: None,
) -> list[Refused]:
    """To the recipients in our `domains`. Returns what was not taken: `smtplib`'s refusals, any other error is raised."""
    waiting, refused = list(messages), []
    for done, message in enumerate(waiting, start=1):
        inside = tuple(a for a in message.recipients if a.partition("@")[2] in domains)
        try:
            if message.login is None:
                receive(message.from_address, inside, message.content)
            elif inside:
                submit(message.login, message.from_address, inside, message.content)
        except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
            refused.append(Refused(message, str(error)))
        progress(done, len(waiting))
    return refused
