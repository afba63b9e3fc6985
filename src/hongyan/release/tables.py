"""The per-address tables: which row of which file an address gives.

Owns: the tables' names, files, owners and syntax; the rows of every address, domain and company.
Never: reads or writes a file, knows another address than the one it renders.
Always: rows depend on the address's facts and the `Basis` alone, so patching the addresses that changed gives byte
for byte what compiling everything gives; text that would break a file's syntax raises `BadFact` instead of being written.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hongyan.kernel.decision import Decision
from hongyan.kernel.instance import Instance
from hongyan.kernel.wording import say
from hongyan.release import scripts, sharing
from hongyan.release.facts import (
    AddressFacts,
    AliasFacts,
    CompanyFacts,
    DomainFacts,
    Ground,
    GroupFacts,
    MailboxFacts,
    Protocol,
    ReplyFacts,
)
from hongyan.release.reasons import Reason, passwd_field, sentence

PROTOCOLS: tuple[Protocol, ...] = ("imap", "pop3", "smtp", "sieve")
SHARDS = "0123456789abcdef"
#: Kinds that several people use: they have a keeper and members, and no password of their own (clause G3.2.2).
SHARED_KINDS = frozenset({"shared", "section", "project"})
#: A hash that no password has. Not `!`: Dovecot 2.4 would take it for a password in the clear, and let in who types it.
NO_PASSWORD = "{SHA256.hex}" + "0" * 64
#: What dovecot.conf says for everybody; a mailbox whose company says otherwise gets fields of its own.
DEFAULT_JUNK_DAYS = 30
DEFAULT_TRASH_DAYS = 30

#: What `mailboxes` says of a recipient in main.cf's restrictions: whether Dovecot is asked if the mailbox is full. It
#: is not for most, since that costs more than a delivery: Dovecot itself tells who is filling up (bin/quota-warning.sh).
ASK_QUOTA, NOTHING = "ask_quota", "DUNNO"
#: Dovecot's first warning, in per cent of the quota.
FIRST_WARNING = 80

Row = dict[str, str]  #: key -> value
Rows = dict[str, Row]  #: table -> rows


class BadFact(ValueError):
    """A fact that no engine's file can carry. The release is refused; nothing is published."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its files below `live/tables/`, how a line looks, who may read it."""

    name: str
    separator: str  #: between key and value: ':' in Dovecot's passwd-files, TAB elsewhere
    sharded: bool = False  #: sixteen files NAME.0 ... NAME.f, by `shard` of the address
    cdb: bool = False  #: a NAME.cdb is made beside the source
    views: Mapping[str, Callable[[Mapping[str, str]], str]] = field(
        default_factory=dict
    )  #: suffix -> a file made of it
    key_parts: int = 0  #: how many `/...` follow the address in a key
    group: str = "root"
    mode: int = 0o644

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(f"{self.name}.{digit}" for digit in SHARDS) if self.sharded else (self.name,)

    def file_of(self, key: str) -> str:
        """The file (below `live/tables/`) that holds this key."""
        return f"{self.name}.{shard(self.owner_of(key))}" if self.sharded else self.name

    def owner_of(self, key: str) -> str:
        """The address that a key belongs to: `alice@corp.test/imap` -> `alice@corp.test`."""
        return key.rsplit("/", self.key_parts)[0] if self.key_parts else key

    def format(self, rows: Mapping[str, str]) -> str:
        """The file's text: one line per key, in the order of the keys' bytes."""
        ordered = sorted(rows.items(), key=lambda item: item[0].encode())
        return "".join(f"{key}{self.separator}{value}\n" for key, value in ordered)

    def parse(self, text: str) -> Row:
        """The rows of a text made by `format`. Raises BadFact when it was not."""
        rows: Row = {}
        for line in text.split("\n")[:-1]:
            key, separator, value = line.partition(self.separator)
            if not separator or not key or key in rows:
                raise BadFact(f"{self.name}: damaged line {line[:80]!r}")
            rows[key] = value
        if text and not text.endswith("\n"):
            raise BadFact(f"{self.name}: the last line is cut off")
        return rows


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table("users", ":", sharded=True, group="dovecot", mode=0o640),
        Table("apppw", ":", sharded=True, key_parts=2, group="dovecot", mode=0o640),
        Table("deny", ":", sharded=True, key_parts=1, group="dovecot", mode=0o640),
        Table("shares", "\t", sharded=True, views=sharing.VIEWS, key_parts=1, group="vmail", mode=0o640),
        Table("domains", "\t", cdb=True),
        Table("mailboxes", "\t", cdb=True),
        Table("asked", "\t", cdb=True),
        Table("stopped", "\t", cdb=True),
        Table("replies", "\t", views=scripts.VIEWS, group="vmail", mode=0o640),
        Table("targets", ":", key_parts=1, group="dovecot", mode=0o640),
        Table("aliases", "\t", cdb=True),
        Table("gate", "\t", cdb=True, group="hongyan", mode=0o640),
    )
}


@dataclass(frozen=True, slots=True)
class Basis:
    """The part of the ground that address rows depend on. When it changes, every address is compiled again."""

    debian: int
    web_url: str
    mail: str  #: the directory that homes are below
    answering: str  #: the userdb field that runs the script of those who answer
    default_quota_mb: int
    message_size_mb: int
    periods: tuple[tuple[str, int, int], ...]  #: (company, junk days, trash days), sorted

    def days(self, facts: MailboxFacts) -> tuple[int, int]:
        """(junk, trash) days of a mailbox: its own, or its company's. clause B4.9"""
        junk, trash = next(((j, t) for slug, j, t in self.periods if slug == facts.company), (0, 0))
        return (
            junk if facts.junk_days is None else facts.junk_days,
            trash if facts.trash_days is None else facts.trash_days,
        )


def basis(ground: Ground) -> Basis:
    return Basis(
        debian=ground.instance.debian,
        web_url=ground.instance.web_url,
        mail=str(ground.instance.mail),
        answering=_answering(ground.instance),
        default_quota_mb=ground.default_quota_mb,
        message_size_mb=ground.instance.message_size_mb,
        periods=tuple(sorted((c.slug, c.junk_days, c.trash_days) for c in ground.companies)),
    )


def _answering(instance: Instance) -> str:
    """Its first script is another one than everybody's (render/templates/dovecot, `sieve_before`)."""
    script = instance.live / "tables/replies.sieve"
    if instance.debian == 12:
        return f"userdb_sieve_before=file:{script};bindir={instance.state}/sieve"
    return f"userdb_sieve_script/before/path={script}"


def shard(address: str) -> str:
    """First hex digit of the address's SHA-256: the file's suffix in the sharded tables.

    Dovecot computes the same from the login name in its passwd-file paths (`render/dovecot.py`).
    """
    return hashlib.sha256(address.encode()).hexdigest()[0]


def rows(facts: AddressFacts, base: Basis) -> Rows:
    """All rows of one address: table -> key -> value. Tables without a row for it are left out."""
    match facts:
        case MailboxFacts():
            made = _mailbox_rows(facts, base)
        case AliasFacts():
            made = _alias_rows(facts, base)
        case GroupFacts():
            made = _group_rows(facts, base)
    return {name: table_rows for name, table_rows in made.items() if table_rows}


def domain_rows(facts: DomainFacts) -> Rows:
    _check(_DOMAIN, facts.name, "domain")
    _check(_SLUG, facts.company, "company")
    return {
        "domains": {facts.name: facts.company},
        "gate": {f"@{facts.name}": _json(k="domain", c=facts.company)},
    }


def company_rows(facts: CompanyFacts) -> Rows:
    _check(_SLUG, facts.slug, "company")
    # Said only where a permit is asked for: om (to write outside), fm (to forward outside).
    modes = {name: 1 for name, mode in (("om", facts.outside), ("fm", facts.forward)) if mode == "approved"}
    row = _json(k="company", l=facts.locale, max=facts.max_message_bytes, **modes)
    return {"gate": {f"company/{facts.slug}": row}}


def instance_rows(ground: Ground) -> Rows:
    instance = ground.instance
    return {"gate": {"instance": _json(k="instance", web=instance.web_url, host=instance.hostname)}}


def ground_rows(ground: Ground) -> Rows:
    """Every row that is not an address's."""
    return merge(
        [
            instance_rows(ground),
            *(company_rows(company) for company in ground.companies),
            *(domain_rows(domain) for domain in ground.domains),
        ]
    )


def merge(parts: Iterable[Rows]) -> Rows:
    """One `Rows` out of many. Raises BadFact when two of them claim the same key."""
    whole: Rows = {}
    for part in parts:
        for name, table_rows in part.items():
            target = whole.setdefault(name, {})
            if twice := target.keys() & table_rows.keys():
                raise BadFact(f"{name}: two rows for {min(twice)}")
            target.update(table_rows)
    return whole


# -- one address ---------------------------------------------------------------------------------


def _mailbox_rows(facts: MailboxFacts, base: Basis) -> Rows:
    address = _check(_MAILBOX, facts.address, "mailbox address")
    return {
        "users": {address: f"{_password(facts)}::::{_home(facts, base)}::{' '.join(_user_fields(facts, base))}"},
        "apppw": _app_passwords(facts),
        "deny": _deny(facts, base),
        "mailboxes": {address: ASK_QUOTA if _quota_is_asked(facts, base) else NOTHING},
        "gate": {
            address: _json(
                k="mailbox",
                c=_check(_SLUG, facts.company, "company"),
                l=facts.locale,
                st=facts.state,
                lim=facts.hourly_limit,
                snd=_senders(facts.senders),
                **_sending(facts.on_behalf, shared=facts.kind in SHARED_KINDS),
                **_permits(facts),
                **_stops(facts),
            )
        },
        "stopped": _stopped(address, base) if facts.no_receiving else {},
        # A copy stays: an address that leads to itself, too, is delivered here (Postfix's virtual(5)).
        "aliases": {address: f"{address}, {_check(_MAILBOX, facts.forward_to, 'successor')}"}
        if facts.forward_to
        else {},
        "replies": {address: _reply(facts.reply)} if facts.reply else {},
        "shares": {
            f"{address}/{_check(_MAILBOX, share.mailbox, 'shared mailbox')}": sharing.letters(write=share.write)
            for share in facts.shares
        },
    }


def _quota_is_asked(facts: MailboxFacts, base: Basis) -> bool:
    """A quota of its own may have been lowered below what is there; in a small one, a single message may fill the rest.

    Dovecot does not warn of what members file into a shared mailbox.
    """
    room_after_warning = facts.quota_mb * (100 - FIRST_WARNING) // 100
    if facts.kind in SHARED_KINDS:
        return True
    return facts.quota_mb != base.default_quota_mb or room_after_warning < base.message_size_mb


def _alias_rows(facts: AliasFacts, base: Basis) -> Rows:
    """Of an alias of a mailbox, Dovecot is asked whether that one is full: it knows the alias for this question alone."""
    address = _check(_ADDRESS, facts.address, "alias address")
    target = _check(_ADDRESS, facts.target, "alias target")
    stopped = _stopped(address, base) if facts.no_receiving else {}
    company = _check(_SLUG, facts.company, "company")
    return {
        "aliases": {address: target},
        "stopped": stopped,
        "gate": {
            address: _json(
                k="alias",
                c=company,
                to=target,
                snd=_senders(facts.senders),
                **_sending(facts.on_behalf, shared=False),
                **({"ans": 1} if facts.answers else {}),
            )
        },
    } | (_target_rows(address, facts, base) if facts.quota_mb else {})


def _target_rows(address: str, facts: AliasFacts, base: Basis) -> Rows:
    home = f"{base.mail}/{_check(_HOME, facts.home, 'home')}"
    return {
        "asked": {address: ASK_QUOTA},
        "targets": {f"{address}/quota-status": f"::::{home}::{' '.join(_quota_field(facts.quota_mb, base))}"},
    }


def _group_rows(facts: GroupFacts, base: Basis) -> Rows:
    address = _check(_ADDRESS, facts.address, "group address")
    members = [_check(_ADDRESS, member, "group member") for member in facts.members]
    reached = [member for member in members if member not in facts.silent]
    gate: dict[str, Any] = {
        "k": "group",
        "c": _check(_SLUG, facts.company, "company"),
        "who": facts.who,
        # Always: whether somebody is in a group that is a member of another one, or on its list, is asked through it.
        "mem": members,
    }
    if facts.who == "listed":
        gate["lst"] = [_check(_ADDRESS, writer, "group writer") for writer in facts.listed]
    if facts.permitted:
        gate["pmt"] = _senders(facts.permitted)
    return {
        # A group without members has no row: Postfix refuses it as unknown instead of losing the mail.
        "aliases": {address: ", ".join(reached)} if reached else {},
        "stopped": _stopped(address, base) if members and not reached else {},
        "gate": {address: _json(**gate, snd=_senders(facts.senders))},
    }


def _password(facts: MailboxFacts) -> str:
    if not facts.password_hash or facts.state != "active" or facts.kind in SHARED_KINDS:
        return NO_PASSWORD
    return "{ARGON2ID}" + _check(_ARGON2ID, facts.password_hash, "password hash")


def _home(facts: MailboxFacts, base: Basis) -> str:
    """The home directory where it is not the one that dovecot.conf gives (a renamed mailbox keeps its own)."""
    local, _, domain = facts.address.partition("@")
    return "" if facts.home in ("", f"{domain}/{local}") else f"{base.mail}/{_check(_HOME, facts.home, 'home')}"


def _user_fields(facts: MailboxFacts, base: Basis) -> list[str]:
    """Userdb fields that differ from what dovecot.conf says for everybody."""
    fields = _quota_field(facts.quota_mb, base)
    junk, trash = base.days(facts)
    for folder, days, default in (
        ("Junk", junk, DEFAULT_JUNK_DAYS),
        ("Trash", trash, DEFAULT_TRASH_DAYS),
    ):
        if days != default:
            fields.append(f"userdb_namespace/inbox/mailbox/{folder}/autoexpunge={days:d}d")
    if facts.reply is not None:
        fields.append(base.answering)
    if facts.kind in SHARED_KINDS:
        # What was sent as it is kept: the copy waits in the queue until there is room. Other mail is refused at RCPT.
        fields.append("userdb_quota_full_tempfail=yes")
    return fields


def _quota_field(megabytes: int, base: Basis) -> list[str]:
    if megabytes == base.default_quota_mb:
        return []
    name = "userdb_quota_rule=*:storage=" if base.debian == 12 else "userdb_quota_storage_size="
    return [f"{name}{megabytes:d}M"]


def _app_passwords(facts: MailboxFacts) -> Row:
    """One line per permitted protocol. `device` is the app password's number in sign-in logs and policy reports."""
    if facts.state != "active" or facts.kind in SHARED_KINDS:
        return {}
    lines = {}
    for app in facts.app_passwords:
        digest = _check(_SHA256, app.sha256, "app password")
        for protocol in app.protocols:
            if protocol in facts.protocols:
                value = f"{{SHA256.hex}}{digest}::::::user={facts.address} device={device_number(digest)}"
                lines[f"{facts.address}/{protocol}/{digest}"] = value
    return lines


def device_number(sha256: str) -> str:
    """What stands for an app password in logs: enough of its hash to find the row, nothing that helps to guess it."""
    return sha256[:16]


def _deny(facts: MailboxFacts, base: Basis) -> Row:
    lines = {}
    for protocol in PROTOCOLS:
        reason: Reason
        if facts.state != "active":
            reason = facts.state
        elif protocol not in facts.protocols:
            reason = "protocol"
        else:
            continue
        said = passwd_field(sentence(reason, facts.locale, base.web_url))
        lines[f"{facts.address}/{protocol}"] = f"::::::reason={_check(_FIELD, said, 'reason')}"
    return lines


def _senders(logins: tuple[str, ...]) -> list[str]:
    """The logins that may send as an address: the gate's to judge (clause G4.2.3)."""
    return [_check(_MAILBOX, login, "login") for login in logins]


def _sending(on_behalf: tuple[str, ...], *, shared: bool) -> dict[str, Any]:
    """What only few addresses have: logins that send on behalf of it; whether it keeps what is sent as it."""
    fields: dict[str, Any] = {"sh": 1} if shared else {}
    return fields | ({"obh": _senders(on_behalf)} if on_behalf else {})


def _permits(facts: MailboxFacts) -> dict[str, Any]:
    """What the mailbox may beyond its company's rules (clauses B4.10, P13); whether the office answers for it."""
    fields: dict[str, Any] = {"out": 1} if facts.outside else {}
    if facts.reply is not None:
        fields["rpl"] = 1
    if facts.forward:
        fields["fwd"] = [_check(_TARGET, target, "permitted target") for target in facts.forward]
    return fields | ({"max": facts.max_message_bytes} if facts.max_message_bytes else {})


def _stops(facts: MailboxFacts) -> dict[str, Any]:
    """What the mailbox does not do now (clause G2.1.6); signing in is its state's."""
    return {name: 1 for name, stopped in (("ns", facts.no_sending), ("nr", facts.no_receiving)) if stopped}


def _stopped(address: str, base: Basis) -> Row:
    """Said at RCPT to other servers, who read English (engines/gate/reply.py); who has signed in is told by the gate."""
    said = say(Decision("recipient.stopped", {"address": address}), "en", web=base.web_url)
    return {address: f"550 5.2.1 {said}"}


def _reply(facts: ReplyFacts) -> str:
    return _json(t=list(facts.texts), n=[_check(_ADDRESS, name, "name") for name in facts.names])


# -- syntax --------------------------------------------------------------------------------------

_LABELS = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
_DOMAIN = re.compile(_LABELS)
#: A mailbox is a login (Dovecot's auth_username_chars) and a directory: dot-atoms of few characters.
_MAILBOX = re.compile(rf"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*@{_LABELS}")
#: Other addresses: RFC 5322 3.2.3 dot-atoms, without '/' and '%' (our keys, Dovecot's variables).
_ADDRESS = re.compile(rf"[a-z0-9!#$&'*+=?^_`{{|}}~-]+(?:\.[a-z0-9!#$&'*+=?^_`{{|}}~-]+)*@{_LABELS}")
#: Where a permit lets mail be passed on to: an address of others, one of their domains, anywhere.
_TARGET = re.compile(rf"\*|[^\s@\x00-\x1f]*@{_LABELS}")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]*")
_ARGON2ID = re.compile(r"\$argon2id\$[A-Za-z0-9$,=+/]+")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HOME = re.compile(r"[a-z0-9._-]+/[a-z0-9._-]+")
_FIELD = re.compile(r"[^\x00-\x20\x7f]+")


def _check(pattern: re.Pattern[str], value: str, what: str) -> str:
    if not pattern.fullmatch(value):
        raise BadFact(f"{what}: {value[:80]!r}")
    return value


def _json(**fields: Any) -> str:
    return json.dumps(fields, ensure_ascii=True, separators=(",", ":"))
