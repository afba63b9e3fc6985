"""The register of clauses: what the source documents ask for, how it holds, where in the source, and which tests prove it.

Owns: the register (`clauses.toml`: text and how it holds), what a citation means (`B4.8`, `B1.1-7`, `B1` for all of them).
Always: where a clause is kept and which tests prove it is read out of the source itself, never written down beside it, so
that the register cannot say more than there is.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

HOLDS: Final = ("enforced", "evidenced", "open")
_FILE: Final = Path(__file__).with_name("clauses.toml")
_EXAMPLES: Final = ("company/policy/clauses.py", "faces/cli/clauses.py")  #: name clauses as examples
_CITED = re.compile(r"\b(?P<first>(?:PV|[RCGPB])\d+(?:\.\d+)*)(?:-(?P<last>\d+))?\b(?!\()")


@dataclass(frozen=True, slots=True)
class Clause:
    id: str
    holds: str
    text: Mapping[str, str]  #: by locale
    where: tuple[str, ...] = field(default=())  #: modules that keep it without naming it, below src/hongyan


@cache
def register() -> dict[str, Clause]:
    """In the order of the documents."""
    raw = tomllib.loads(_FILE.read_text("utf-8"))
    return {
        key: Clause(key, row["holds"], {n: row[n] for n in ("zh-Hant", "zh-Hans", "en")}, tuple(row.get("where", ())))
        for key, row in raw.items()
    }


def expanded(citation: str) -> list[str]:
    """The clauses that a citation names; none when the register has none of them."""
    found = _CITED.fullmatch(citation)
    if found is None:
        return []
    first, last, known = found["first"], found["last"], register()
    if last is None:
        return [first] if first in known else [key for key in known if key.startswith(f"{first}.")]
    stem, number = re.fullmatch(r"(.*?)(\d+)", first).groups()  # type: ignore[union-attr]
    return [key for n in range(int(number), int(last) + 1) if (key := f"{stem}{n}") in known]


# -- the source --------------------------------------------------------------------------------------------------
def cited_in(source: Path) -> dict[str, list[str]]:
    """clause -> modules (below `source`) that name it."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in sorted(source.rglob("*.py")):
        name = str(path.relative_to(source))
        if "migrations" in path.parts or name in _EXAMPLES:
            continue
        for match in _CITED.finditer(path.read_text("utf-8")):
            for key in expanded(match[0]):
                found[key].add(name)
    for clause in register().values():
        found[clause.id] |= {name for name in clause.where if (source / name).exists()}
    return {key: sorted(names) for key, names in found.items()}


def proven_by(tests: Path) -> dict[str, list[str]]:
    """clause -> tests that carry its mark, as pytest names them. Empty where the tests are not installed."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(tests.rglob("test_*.py")):
        for test, citation in marks(ast.parse(path.read_text("utf-8"))):
            name = f"{path.relative_to(tests.parent)}{'::' if test else ''}{test}"
            for key in expanded(citation):
                if name not in found[key]:
                    found[key].append(name)
    return dict(found)


def marks(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(test, citation) of every `pytest.mark.clause`; no test where it marks the whole file."""

    def inside(node: ast.AST, test: str) -> Iterator[tuple[str, str]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                yield from inside(child, f"{test}::{child.name}" if test else child.name)
                continue
            if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute) and child.func.attr == "clause":
                for argument in child.args:
                    if isinstance(argument, ast.Constant):
                        yield test, str(argument.value)
            yield from inside(child, test)

    return inside(tree, "")
