"""The snapshot's values: all that renderers may know. Frozen, ordered, without a database behind them.

Owns: the shape of what is compiled.
Always: the same facts give the same bytes (no clock, no environment, no randomness below this line).

Two kinds: `Ground` (the whole instance: domains, engines, settings; small; changes rarely) and `AddressFacts` (one
address; many; changes often). Every per-address table is keyed by the address, so that a change recompiles the
addresses it touched and gives byte for byte what a full compilation gives (`tests/release/test_patch_equals_full.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hongyan.kernel.instance import Instance

#: active: everything. first: a first or reset password waits to be changed at the web. activation: no password yet.
#: suspended: nobody signs in or sends; mail is still received and kept.
State = Literal["active", "first", "activation", "suspended"]
Protocol = Literal["imap", "pop3", "smtp", "sieve"]
WhoMayWrite = Literal["anyone", "company", "members", "listed"]
Locale = Literal["zh-Hant", "zh-Hans", "en"]
#: Who may do what leads out of the company: everyone, or who has a permit (clauses B4.10, P13).
Mode = Literal["everyone", "approved"]


@dataclass(frozen=True, slots=True)
class DomainFacts:
    name: str  #: ASCII (A-label), lower case
    company: str  #: slug
    selector: str  #: DKIM selector
    dkim_key: str  #: PEM of the private key


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    slug: str
    locale: Locale
    max_message_bytes: int
    junk_days: int
    trash_days: int
    outside: Mode = "everyone"  #: who writes to others' addresses
    forward: Mode = "everyone"  #: whose rules pass mail on to them


@dataclass(frozen=True, slots=True)
class Ground:
    """What every file may depend on."""

    instance: Instance
    domains: tuple[DomainFacts, ...]
    companies: tuple[CompanyFacts, ...]
    default_quota_mb: int


@dataclass(frozen=True, slots=True)
class AppPassword:
    sha256: str  #: hex SHA-256 of the password (128 bits of randomness, so a fast hash is enough)
    device: str
    protocols: tuple[Protocol, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """A shared mailbox that somebody else may open."""

    mailbox: str
    write: bool


@dataclass(frozen=True, slots=True)
class ReplyFacts:
    """What a mailbox answers, in each language; under which other addresses it is written to."""

    texts: tuple[str, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MailboxFacts:
    """An address that is a mailbox."""

    address: str
    company: str
    kind: str  #: personal, shared, section, project, intern
    locale: Locale
    state: State
    password_hash: str  #: `$argon2id$...`; empty: no password signs in
    quota_mb: int
    home: str = ""  #: directory below `mail/`; empty: DOMAIN/LOCAL. It stays when the address is renamed
    app_passwords: tuple[AppPassword, ...] = ()
    senders: tuple[str, ...] = ()  #: logins that may send as this address, the mailbox's own login first
    on_behalf: tuple[str, ...] = ()  #: logins that may send as this address and name themselves as the sender
    shares: tuple[Share, ...] = ()  #: shared mailboxes that its owner may open
    hourly_limit: int = 200  #: recipients per hour
    junk_days: int | None = None  #: None: the company's
    trash_days: int | None = None
    protocols: tuple[Protocol, ...] = ("imap", "pop3", "smtp", "sieve")
    outside: bool = False  #: has a permit to write outside
    forward: tuple[str, ...] = ()  #: where its rules may pass mail on to: addresses, `@domain`, `*`
    max_message_bytes: int = 0  #: of its own; 0: the company's
    no_sending: bool = False  #: its owner signs in and reads, and sends nothing
    no_receiving: bool = False  #: mail to it is refused
    forward_to: str = ""  #: a colleague who gets its mail as well
    reply: ReplyFacts | None = None  #: what who writes to it is answered


@dataclass(frozen=True, slots=True)
class AliasFacts:
    """An address that stands for another one of the same company (also a former name, or a domain alias)."""

    address: str
    company: str
    target: str
    senders: tuple[str, ...] = ()
    on_behalf: tuple[str, ...] = ()
    home: str = ""  #: of the mailbox that it leads to, below `mail/`; empty when it leads to something else
    quota_mb: int = 0
    no_receiving: bool = False  #: it leads to a mailbox that takes no mail
    answers: bool = False  #: answers to notices are taken here, from who has signed in


@dataclass(frozen=True, slots=True)
class GroupFacts:
    address: str
    company: str
    members: tuple[str, ...]
    who: WhoMayWrite
    listed: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()  #: members that take no mail: what comes for the group does not go to them
    permitted: tuple[str, ...] = ()  #: mailboxes with a permit to write to it, whoever else may (clause P12)


AddressFacts = MailboxFacts | AliasFacts | GroupFacts
