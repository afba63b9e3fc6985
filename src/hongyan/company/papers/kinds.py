"""The kinds of papers and what the context of each may hold. All values are JSON; moments and days are ISO texts.

Every kind: `company` (name), `number` (a kept paper gets its own), `made_at` (moment; a kept paper's own).
Values are texts in the reader's language already, but for moments, days and the fixed words named here.

request (網絡資源申請表)
    form, filed_at, filed_by, state, outcome, clause; applicant, fields: [[label, value]];
    attachments: [{name, size, sha256}]; steps: [{title, who, verdict, at, by, reason}]
handover (交接單)
    person, person_number, unit, post, kind (normal|immediate|scheduled), reason, last_day, effective_at, retain_until,
    successor, successor_address; mailboxes: [address]; steps: [{what, at, by, note}];
    shared: [{address, name, keeper}]; groups: [{address, owner}]; handed: [{subject, to, at}]; exports (below)
deletion (刪除證明)
    address or mailboxes: [{address, opened_at, deleted_at, messages, size}]; person, retained_from, retain_until, asked_by,
    allowed_by, reason; exports; alias: {address, to, until}; remains: [text]
exports: [{address, form, messages, size, sha256, encrypted}]

What is not given is not printed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

_EVERY: Final = ("company", "number", "made_at")


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    prefix: str  #: of its numbers
    needs: tuple[str, ...]
    may: tuple[str, ...]
    signed: tuple[str, ...]  #: who signs below: words `paper.sign.NAME`


KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind(
            "request", "RF", ("form", "applicant", "fields"),
            ("filed_at", "filed_by", "state", "outcome", "clause", "attachments", "steps"), ("applicant", "head", "office"),
        ),
        Kind(
            "handover", "HC", ("person", "mailboxes", "steps"),
            (
                "person_number", "unit", "post", "kind", "reason", "last_day", "effective_at", "retain_until", "successor",
                "successor_address", "shared", "groups", "handed", "exports",
            ),
            ("leaver", "successor", "witness"),
        ),
        Kind(
            "deletion", "DC", ("mailboxes",),
            (
                "person", "retained_from", "retain_until", "asked_by", "allowed_by", "reason", "exports", "alias", "remains",
            ),
            ("operator", "office"),
        ),
    )
}  # fmt: skip


class BadContext(ValueError):
    """A context that its kind does not know, or that lacks something."""


def checked(kind: str, context: dict[str, Any]) -> dict[str, Any]:
    """The context with everything its template may ask for. Raises BadContext."""
    known = KINDS.get(kind)
    if known is None:
        raise BadContext(f"no such paper: {kind}")
    if lacking := [key for key in ("company", *known.needs) if context.get(key) is None]:
        raise BadContext(f"{kind} lacks {lacking}")
    every = (*_EVERY, *known.needs, *known.may)
    if strange := sorted(set(context) - set(every)):
        raise BadContext(f"{kind} does not know {strange}")
    return dict.fromkeys(every) | context
