"""The gate's view of the release: typed records out of `gate.cdb`.

Owns: the record's meaning, how an address as typed finds its record (case, quotes, +detail, IDN), alias chains.
Never: answers None for "cannot read": that is `CdbUnavailable`.
Always: one lookup sees one release; the cache is emptied when another file is published.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hongyan.kernel.cdb import Cdb, CdbUnavailable

_CACHED: Final = 4096
_ALIAS_STEPS: Final = 10
_NO_ADDRESSES: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Record:
    """One key of the table. Fields that its kind does not have are empty."""

    kind: str  #: mailbox, alias, group, domain, company, instance
    company: str = ""
    locale: str = "en"
    state: str = ""
    hourly_limit: int = 0
    senders: frozenset[str] = _NO_ADDRESSES  #: logins that may send as this address
    on_behalf: frozenset[str] = _NO_ADDRESSES  #: logins that may when they name themselves in Sender
    shared: bool = False  #: keeps a copy of what is sent as it
    target: str = ""
    who: str = ""
    members: frozenset[str] = _NO_ADDRESSES
    listed: frozenset[str] = _NO_ADDRESSES
    max_bytes: int = 0  #: of a message: the company's; of a mailbox only where it has its own
    asks_outside: bool = False  #: a company where only who has a permit writes outside
    asks_forward: bool = False  #: ... passes mail on outside by a rule
    outside: bool = False  #: has the permit to write outside
    answering: bool = False  #: the office has set what who writes to it is answered
    forward: frozenset[str] = _NO_ADDRESSES  #: where it may pass mail on to: addresses, `@domain`, `*`
    no_sending: bool = False
    no_receiving: bool = False
    permitted: frozenset[str] = _NO_ADDRESSES  #: mailboxes that may write to the group by a permit
    answers: bool = False  #: takes answers to notices, from who has signed in
    web: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address leads: the key it was found under, and that key's record."""

    address: str
    record: Record


class Tables:
    def __init__(self, path: Path) -> None:
        self._cdb = Cdb(path)
        self._version: tuple[int, int, int] = (0, 0, 0)
        self._cache: dict[str, Record | None] = {}

    def record(self, key: str) -> Record | None:
        """The record of exactly this key. Raises CdbUnavailable when the table is missing or damaged."""
        version = self._cdb.version
        if version != self._version or len(self._cache) > _CACHED:
            self._version, self._cache = version, {}
        if key not in self._cache:
            value = self._cdb.get(key.encode("utf-8", "surrogateescape"))
            self._cache[key] = None if value is None else _decode(key, value)
        return self._cache[key]

    def locate(self, address: str) -> Place | None:
        """The address's own record, or that of its address without +detail. Aliases are not followed."""
        key = canonical(address)
        if found := self.record(key):
            return Place(key, found)
        local, at, domain = key.rpartition("@")
        base, plus, _ = local.partition("+")
        if not at or not plus or not base:
            return None
        found = self.record(f"{base}@{domain}")
        return Place(f"{base}@{domain}", found) if found else None

    def resolve(self, address: str) -> Place | None:
        """As `locate`, then through aliases to a mailbox or group. A chain that does not end leads nowhere."""
        place = self.locate(address)
        for _ in range(_ALIAS_STEPS):
            if place is None or place.record.kind != "alias":
                return place
            place = self.locate(place.record.target)
        return None

    def company(self, slug: str) -> Record | None:
        return self.record(f"company/{slug}") if slug else None

    def is_outside(self, address: str, company: str) -> bool:
        """Whether the address is another company's, or of no company here. What has no domain counts as outside:
        Postfix would rewrite it (`user%domain`) before it is resolved."""
        key = canonical(address)
        found = self.record(f"@{key.rpartition('@')[2]}") if "@" in key else None
        return found is None or found.company != company

    @property
    def web(self) -> str:
        """The address of the web, for the links in sentences. Raises CdbUnavailable when the release has none."""
        instance = self.record("instance")
        if instance is None:
            raise CdbUnavailable("the release has no instance record")
        return instance.web


def canonical(address: str) -> str:
    """The spelling under which the release keeps an address: lower case, local part unquoted, domain as A-labels."""
    local, at, domain = address.strip().rpartition("@")
    if len(local) > 1 and local[0] == local[-1] == '"':
        local = local[1:-1].replace("\\", "")
    if not domain.isascii():
        with contextlib.suppress(UnicodeError):  # no domain of ours is spelled so: it will not be found
            domain = domain.encode("idna").decode("ascii")
    return f"{local}{at}{domain}".lower()


def _decode(key: str, value: bytes) -> Record:
    try:
        raw: dict[str, Any] = json.loads(value)
        return Record(
            kind=raw["k"],
            company=raw.get("c", ""),
            locale=raw.get("l", "en"),
            state=raw.get("st", ""),
            hourly_limit=int(raw.get("lim", 0)),
            senders=frozenset(raw.get("snd", ())),
            on_behalf=frozenset(raw.get("obh", ())),
            shared=bool(raw.get("sh", False)),
            target=raw.get("to", ""),
            who=raw.get("who", ""),
            members=frozenset(raw.get("mem", ())),
            listed=frozenset(raw.get("lst", ())),
            max_bytes=int(raw.get("max", 0)),
            asks_outside=bool(raw.get("om", False)),
            asks_forward=bool(raw.get("fm", False)),
            outside=bool(raw.get("out", False)),
            answering=bool(raw.get("rpl", False)),
            forward=frozenset(raw.get("fwd", ())),
            permitted=frozenset(raw.get("pmt", ())),
            no_sending=bool(raw.get("ns", False)),
            no_receiving=bool(raw.get("nr", False)),
            answers=bool(raw.get("ans", False)),
            web=raw.get("web", ""),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CdbUnavailable(f"damaged record {key!r}: {error}") from error
