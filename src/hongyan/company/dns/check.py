"""Whether the world sees a domain's records: each one right, missing, different (and how), or not to be told.

Owns: what counts as right for each kind of record, the order of the questions, their time limit.
Never: writes anything; takes silence for absence: a name server that does not answer, or fails, makes a record
`unreachable`, never `missing`.
Always: questions run side by side and the whole check ends within `SECONDS`, whatever the name servers do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, Protocol

from hongyan.company.dns.records import DEFAULT_AUTHORITY, Host, Record
from hongyan.kernel.decision import Decision

State = Literal["right", "missing", "different", "unreachable"]
SECONDS: Final = 8.0
_AT_ONCE: Final = 16
_SHOWN: Final = 200


class Unreachable(Exception):
    """No answer that tells whether there is such a record. The text is the code of the sentence that says why."""


class Asker(Protocol):
    def ask(self, name: str, kind: str) -> tuple[str, ...]:
        """The values, as in a zone file but texts joined and without quotes; () when there are none. Raises Unreachable."""


@dataclass(frozen=True, slots=True)
class Finding:
    record: Record
    state: State
    found: tuple[str, ...] = ()
    how: Decision | None = None  #: what is different, or why it cannot be told

    def row(self) -> dict[str, Any]:
        """As it is stored."""
        how = {"code": self.how.code, "params": self.how.params} if self.how else None
        return {**asdict(self.record), "state": self.state, "found": [f[:_SHOWN] for f in self.found], "how": how}


@dataclass(slots=True)
class _Looking:
    """One record being looked at."""

    record: Record
    host: Host
    asker: Asker
    found: tuple[str, ...] = field(default=())

    def ask(self, name: str = "", kind: str = "") -> tuple[str, ...]:
        return self.asker.ask(name or self.record.name, kind or self.record.type)

    def texts(self, prefix: str) -> tuple[str, ...]:
        """The texts that begin so; others at the same name are none of ours."""
        return tuple(text for text in self.ask() if text.lower().startswith(prefix))

    def addresses(self, name: str) -> frozenset[str]:
        return frozenset((*self.asker.ask(name, "A"), *self.asker.ask(name, "AAAA")))


def check(records: Iterable[Record], host: Host, asker: Asker) -> tuple[Finding, ...]:
    """A finding for each record, in their order."""
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="dns") as pool:
        return tuple(pool.map(lambda record: _look(_Looking(record, host, asker)), records))


def _look(looking: _Looking) -> Finding:
    try:
        how = _RULES[looking.record.rule](looking)
    except Unreachable as silence:
        return Finding(looking.record, "unreachable", how=Decision(str(silence)))
    if not looking.found:
        return Finding(looking.record, "missing")
    return Finding(looking.record, "different" if how else "right", looking.found, how)


def overall(findings: Iterable[Finding]) -> str:
    """One of `models.STATES` for all of them. What nobody needs does not count."""
    seen = {(f.record.need, f.state) for f in findings if f.record.need != "extra"}
    bad = ("missing", "different")
    if any(("needed", state) in seen for state in bad):
        return "wrong"
    if any(state == "unreachable" for _, state in seen):
        return "unreachable"
    return "partly" if any(("useful", state) in seen for state in bad) else "right"


# -- what is right for each kind of record ------------------------------------------------------------------
# A rule notes what it found and returns what is wrong with it. Finding nothing is `missing`.


def _how(code: str, **params: object) -> Decision:
    return Decision(f"dns.how.{code}", params)


def _mx(looking: _Looking) -> Decision | None:
    looking.found = looking.ask()
    targets = {value.partition(" ")[2].rstrip(".").lower() for value in looking.found}
    others = sorted(targets - {looking.host.name})
    if looking.host.name not in targets:
        return _how("mx_other", found=[name or "." for name in others])
    return _how("mx_more", found=others) if others else None


def _spf(looking: _Looking) -> Decision | None:
    looking.found = looking.texts("v=spf1")
    if len(looking.found) > 1:
        return _how("twice", count=len(looking.found))  # RFC 7208 4.5: permerror
    terms = looking.found[0].lower().split()[1:] if looking.found else []
    name, domain = looking.host.name, looking.record.name
    ours = {"mx", f"mx:{domain}", f"a:{name}", f"ip4:{looking.host.address or '-'}"}
    if looking.found and not ours & {term.removeprefix("+") for term in terms}:
        return _how("spf_stranger", host=name)
    if looking.found and not {"-all", "~all"} & set(terms) and not any(t.startswith("redirect=") for t in terms):
        return _how("spf_open")
    return None


def tags(text: str) -> dict[str, str]:
    """`a=b; c=d` (RFC 6376 3.2)."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, equals, value in pairs if equals}


def _dkim(looking: _Looking) -> Decision | None:
    looking.found = tuple(text for text in looking.ask() if "p" in tags(text))
    if len(looking.found) > 1:
        return _how("twice", count=len(looking.found))
    if not looking.found:
        return None
    key, ours = (re.sub(r"\s", "", tags(text)["p"]) for text in (looking.found[0], looking.record.value))
    if not key:
        return _how("dkim_revoked")
    return None if key == ours else _how("dkim_key")


def _dmarc(looking: _Looking) -> Decision | None:
    looking.found = looking.texts("v=dmarc1")
    if len(looking.found) > 1:
        return _how("twice", count=len(looking.found))
    policy = tags(looking.found[0]).get("p", "").lower() if looking.found else ""
    if looking.found and policy not in ("none", "quarantine", "reject"):
        return _how("dmarc_broken")
    return _how("dmarc_none") if policy == "none" else None


def _sts(looking: _Looking) -> Decision | None:
    looking.found = looking.texts("v=stsv1")
    if len(looking.found) > 1:
        return _how("twice", count=len(looking.found))  # RFC 8461 3.1: as if there were none
    ours = tags(looking.record.value)["id"]
    return _how("sts_id", id=ours) if looking.found and tags(looking.found[0]).get("id") != ours else None


def _tlsrpt(looking: _Looking) -> Decision | None:
    looking.found = looking.texts("v=tlsrptv1")
    if len(looking.found) > 1:
        return _how("twice", count=len(looking.found))
    return _how("tlsrpt_nowhere") if looking.found and not tags(looking.found[0]).get("rua") else None


def _srv(looking: _Looking) -> Decision | None:
    looking.found = looking.ask()
    port, target = looking.record.value.split()[2:]
    for value in looking.found:
        if value.split()[2:] == [port, target.lower()]:
            return None
    return _how("value", expected=looking.record.value)


def _host(looking: _Looking) -> Decision | None:
    """Another name of the mail host, by CNAME or by the same address."""
    looking.found = tuple(sorted(looking.addresses(looking.record.name)))
    theirs = looking.addresses(looking.host.name)
    if not theirs & set(looking.found):
        return _how("elsewhere", host=looking.host.name)
    # These names are for HTTPS alone, where a certificate for another name ends everything.
    name, covered = looking.record.name, looking.host.names
    return None if not covered or {name, f"*.{name.partition('.')[2]}"} & covered else _how("certificate", name=name)


def _address(looking: _Looking) -> Decision | None:
    looking.found = tuple(sorted(looking.addresses(looking.record.name)))
    known = looking.host.address
    return _how("value", expected=known) if known and known not in looking.found else None


def _caa(looking: _Looking) -> Decision | None:
    """RFC 8659 3: the nearest set at the name or above it counts."""
    labels = looking.record.name.split(".")
    for start in range(len(labels) - 1):
        looking.found = looking.ask(".".join(labels[start:]))
        if looking.found:
            break
    allowed = {found.split('"')[1].partition(";")[0].strip() for found in looking.found if found.split()[1] == "issue"}
    wanted = looking.host.authority or DEFAULT_AUTHORITY
    return None if wanted in allowed or not allowed else _how("caa", wanted=wanted)


def _tlsa(looking: _Looking) -> Decision | None:
    looking.found = looking.ask()
    return None if looking.record.value in looking.found else _how("tlsa")


_RULES: Final[dict[str, Callable[[_Looking], Decision | None]]] = {
    "mx": _mx, "spf": _spf, "dkim": _dkim, "dmarc": _dmarc, "sts": _sts, "tlsrpt": _tlsrpt, "srv": _srv,
    "host": _host, "address": _address, "caa": _caa, "tlsa": _tlsa,
}  # fmt: skip
