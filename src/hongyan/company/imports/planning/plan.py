"""Plans, and what all planners ask of the company.

Owns: `Plan`, `Planned`, `Ground` (units, rights, addresses of the company, read once).
Never: writes. Always: the same rows against the same state give the same plan, so that a preview can be held against the
state at the moment of applying.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hongyan.company.imports.cells import Parsed, Problem
from hongyan.company.mailboxes.models import Claim
from hongyan.company.people.actions import MAX_UNIT_DEPTH
from hongyan.company.people.models import Account, Company, Unit
from hongyan.kernel.actor import Actor, Permission

CHUNK = 500


@dataclass(slots=True)
class Planned:
    """One row of the sheet and what it does. `target`: what it is about (a person's key, an address), for applying."""

    number: int
    verdict: str = "same"
    label: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    changes: list[list[Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    target: Any = None

    def change(self, name: str, before: Any, after: Any) -> None:
        self.changes.append([name, before, after])

    def after(self, name: str) -> Any:
        return next((change[2] for change in self.changes if change[0] == name), None)

    def wrong(self, parsed: Parsed, code: str, field_name: str = "", **params: Any) -> None:
        self.problems.append(Problem(code, params, parsed.columns.get(field_name, "")))


@dataclass(slots=True)
class Plan:
    rows: list[Planned]
    new_units: list[str] = field(default_factory=list)
    staff: int = 0
    leavers: int = 0

    def settle(self) -> None:
        for row in self.rows:
            if row.problems:
                row.verdict, row.changes = "bad", []

    def counts(self) -> dict[str, int]:
        found = Counter(row.verdict for row in self.rows if row.verdict != "leaver")
        return {**found, "leaver": self.leavers, "staff": self.staff, "units": len(self.new_units)}

    def digest(self) -> str:
        """Of everything that would be done; a preview whose digest has changed is stale."""
        rows = [[r.number, r.verdict, r.changes] for r in self.rows if r.verdict not in ("leaver", "bad")]
        text = json.dumps([rows, self.new_units], sort_keys=True, ensure_ascii=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


def chunks(wanted: Iterable[Any]) -> Iterable[list[Any]]:
    rows = list(wanted)
    return (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))


class Ground:
    """The company as planners see it."""

    def __init__(self, actor: Actor, company: Company, *, create_units: bool) -> None:
        self.actor, self.company, self.create_units = actor, company, create_units
        self.units: set[str] = set(Unit.objects.filter(company=company).values_list("path", flat=True))
        self.domains = set(company.domains.filter(alias_of__isnull=True).values_list("name", flat=True))
        self.own_person = (
            Account.objects.filter(pk=actor.account_id).values_list("person", flat=True).first()
            if actor.account_id
            else None
        )
        self.new_units: set[str] = set()
        self._by_ending: dict[str, list[str]] = {}  #: last name -> paths, of units and of what the sheet writes out
        self._reaches: dict[str, tuple[str, ...] | None] = {}

    # -- rights ------------------------------------------------------------------------------------------
    def reaches(self, permission: Permission, places: Sequence[str]) -> bool:
        """`actor.may`, remembering the reach: asked for each of many rows."""
        if permission not in self._reaches:
            self._reaches[permission] = self.actor.reach(permission, self.company.slug)
        reach = self._reaches[permission]
        if reach is None:
            return True
        return any(path == unit or path.startswith(unit + "/") for unit in reach for path in places)

    def whole(self, permission: Permission) -> bool:
        """Whether no place needs to be asked for."""
        return self.actor.reach(permission, self.company.slug) is None

    # -- units -------------------------------------------------------------------------------------------
    def announce(self, paths: Iterable[str]) -> None:
        """Paths that rows write out, so that another row's bare `信息部` may mean one of them."""
        for path in self.units:
            self._by_ending.setdefault(path.rpartition("/")[2], []).append(path)
        new = set[str]()
        for path in {p for p in paths if "/" in p and p not in self.units}:
            fits = self._meant(path)
            names = (fits[0] if fits else path).split("/")
            new |= {"/".join(names[: depth + 1]) for depth in range(len(names))} if len(fits) < 2 else set()
        for path in new - self.units:
            self._by_ending.setdefault(path.rpartition("/")[2], []).append(path)

    def find_unit(self, row: Planned, parsed: Parsed) -> str:
        """The path that the row's unit means; "" after a problem was noted."""
        given = parsed.values.get("unit", "")
        fits = [given] if given in self.units else self._meant(given)
        if len(fits) > 1:
            row.wrong(parsed, "import.cell.unit_ambiguous", "unit", unit=given, known=fits[:5])
            return ""
        found = fits[0] if fits else given
        if found and found not in self.units and not self._new_unit(row, parsed, found):
            return ""
        return found

    def _meant(self, given: str) -> list[str]:
        """Paths that may be meant: those that end like it; else those whose end its beginning names, with its rest."""
        names = given.split("/")
        for depth in range(len(names), 0, -1):
            start, rest = "/".join(names[:depth]), "".join(f"/{name}" for name in names[depth:])
            ends = self._by_ending.get(names[depth - 1], ())
            if start in ends:
                return [start + rest]
            if fits := sorted(path for path in ends if path.endswith("/" + start)):
                return [path + rest for path in fits]
        return []

    def _new_unit(self, row: Planned, parsed: Parsed, path: str) -> bool:
        names = path.split("/")
        if not self.create_units:
            row.wrong(parsed, "import.cell.unit_unknown", "unit", unit=path)
        elif len(names) > MAX_UNIT_DEPTH:
            row.wrong(parsed, "unit.too_deep", "unit", path=path[:120], limit=MAX_UNIT_DEPTH)
        elif any(len(name) > 80 for name in names):
            row.wrong(parsed, "import.cell.too_long", "unit", limit=80, value=path[:60])
        elif not self.reaches("people.write", [path]):
            row.wrong(parsed, "import.row.outside", "unit", what=path)
        else:
            above = {"/".join(names[: depth + 1]) for depth in range(len(names))}
            self.new_units |= above - self.units
            return True
        return False

    # -- addresses ---------------------------------------------------------------------------------------
    def claims(self, wanted: Iterable[str]) -> dict[str, tuple[str, int]]:
        """Which of these addresses are taken: (kind, company)."""
        found: dict[str, tuple[str, int]] = {}
        for part in chunks(sorted(set(wanted))):
            rows = Claim.objects.filter(address__in=part).values_list("address", "kind", "company_id")
            found |= {address: (kind, company) for address, kind, company in rows}
        return found


class Seen:
    """Which row had a value first."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}

    def before(self, value: str, number: int) -> int:
        """The earlier row with this value; 0 when this is the first."""
        first = self.rows.setdefault(value, number)
        return 0 if first == number else first
