"""A staff list on a running instance: from the file to mail that arrives, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.company.imports.sheets import staff
from tests.system.hands import Failed, Running, eventually


def takes(world: Running, address: str) -> bool:
    with world.mx() as client:
        client.ehlo()
        client.mail("writer@outside.test")
        return client.rcpt(address)[0] == 250


@pytest.mark.clause("R4", "G2.2.1", "G3.1.1")
def test_a_sheet_opens_mailboxes_and_undoing_takes_back_the_unused(world: Running, tmp_path: Path) -> None:
    sheet, links = tmp_path / "staff.xlsx", tmp_path / "links.xlsx"
    sheet.write_bytes(staff(*(["", f"新人{n}", "", "", f"import{n}@corp.test", ""] for n in range(3))))
    company = ("--company", "corp")
    look = world.run("people", "import", str(sheet), *company)
    assert look["counts"]["add"] == 3 and not takes(world, "import0@corp.test")

    before = world.run("status")["release"]
    done = world.run("people", "import", str(sheet), *company, "--apply", "--links", str(links))
    assert done["applied"] and done["links"] == 3
    assert world.run("status")["release"] == before + 1  # one release for all of it
    page: Any = load_workbook(links).active
    assert [page[f"C{n}"].value for n in (2, 3, 4)] == [f"import{n}@corp.test" for n in range(3)]

    assert takes(world, "import2@corp.test")
    assert world.arrive("import0@corp.test")[0] == 250
    home = world.root / "mail/corp.test/import0"
    eventually(lambda: any(home.rglob("u.*")), 15, "the mail on disk")

    left = world.run("people", "undo", *company)["left"]
    assert [code for _, _, code, _ in left] == ["import.undo.has_mail", "import.undo.in_use"]
    undone = world.run("people", "undo", *company, "--apply")
    assert undone["done"] == {"mailbox": 2, "person": 2}
    assert takes(world, "import0@corp.test") and not takes(world, "import2@corp.test")
    with pytest.raises(Failed, match=r"import\.undo"):
        world.run("people", "undo", *company)
