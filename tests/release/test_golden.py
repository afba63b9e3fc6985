"""What is compiled for the sample company, byte for byte, beside the repository's golden files (house rule 7)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hongyan.release.render import Secrets, render
from hongyan.release.tables import TABLES, basis, ground_rows, merge, rows
from tests.release import sample

GOLDEN = Path(__file__).parents[1] / "golden"
SECRETS = Secrets(webmaster="webmaster-of-golden", guard="guard-of-golden")
#: Debian release, and what differs from the plain instance.
VARIANTS: dict[str, tuple[int, dict[str, Any]]] = {
    "12": (12, {}),
    "13": (13, {}),
    "12-outside": (12, {"outside": True, "listen": "0.0.0.0"}),
    "13-resolver": (13, {"resolver": "127.0.0.1:10053"}),
    "12-no-rspamd": (12, {"rspamd": False}),
}


def compiled(variant: str) -> dict[str, str]:
    debian, changes = VARIANTS[variant]
    instance = replace(sample.instance(Path("/srv/hongyan"), debian=debian), **changes)
    ground = sample.ground(instance)
    files = {
        path: f"# {file.owner}:{file.group} {file.mode:04o}\n{file.text}"
        for path, file in render(ground, SECRETS).items()
        if not path.endswith(".key")
    }
    if variant in ("12", "13"):
        whole = merge([ground_rows(ground), *(rows(facts, basis(ground)) for facts in sample.addresses())])
        for name, table_rows in whole.items():
            files[f"tables/{name}"] = TABLES[name].format(table_rows)
        files |= {
            f"tables/{table.name}.{suffix}": text(whole[table.name])
            for table in TABLES.values()
            for suffix, text in table.views.items()
        }
    return files


def kept(variant: str) -> dict[str, str]:
    root = GOLDEN / variant
    return {str(p.relative_to(root)): p.read_text("utf-8") for p in sorted(root.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("variant", VARIANTS)
def test_compiled_text_is_the_golden_text(variant: str, update_golden: bool) -> None:
    made = _against_plain(variant, compiled(variant))
    if update_golden:
        _write(variant, made)
    assert kept(variant) == made


def _against_plain(variant: str, made: dict[str, str]) -> dict[str, str]:
    """A variant's golden directory holds only what differs from the plain one of the same Debian."""
    plain = variant.partition("-")[0]
    if variant == plain:
        return made
    same = compiled(plain)
    return {path: text for path, text in made.items() if same.get(path) != text}


def _write(variant: str, made: dict[str, str]) -> None:
    root = GOLDEN / variant
    for old in kept(variant).keys() - made.keys():
        (root / old).unlink()
    for path, text in made.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")


def test_the_same_facts_give_the_same_bytes() -> None:
    assert compiled("12") == compiled("12")
