from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from hongyan.kernel import cdb
from tests.kernel import cdbfile

ROWS = {"alice@corp.test": '{"k":"mailbox"}', "@corp.test": '{"k":"domain"}'} | {
    f"u{n}@corp.test": str(n) for n in range(2000)
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    cdbfile.write(tmp_path / "gate.cdb", ROWS)
    return tmp_path / "gate.cdb"


def test_finds_every_key_and_no_other(path: Path) -> None:
    table = cdb.Cdb(path)
    assert {key: table.get(key.encode()) for key in ROWS} == {key: value.encode() for key, value in ROWS.items()}
    assert [table.get(f"v{n}@corp.test".encode()) for n in range(500)] == [None] * 500


def test_iterates_all_records(path: Path) -> None:
    assert dict(cdb.Cdb(path)) == {key.encode(): value.encode() for key, value in ROWS.items()}


def test_reads_what_postmap_makes(tmp_path: Path) -> None:
    (tmp_path / "main.cf").write_text("compatibility_level = 3.6\n")
    source = tmp_path / "gate"
    source.write_text("".join(f"{key}\t{value}\n" for key, value in ROWS.items()))
    subprocess.run(["postmap", "-c", str(tmp_path), f"cdb:{source}"], check=True)
    table = cdb.Cdb(tmp_path / "gate.cdb")
    assert {key: table.get(key.encode()) for key in ROWS} == {key: value.encode() for key, value in ROWS.items()}
    assert table.get(b"charlie@other.test") is None
    assert dict(table) == {key.encode(): value.encode() for key, value in ROWS.items()}


def test_notices_a_replacement_even_of_the_same_size(path: Path) -> None:
    table = cdb.Cdb(path)
    before = table.version
    cdbfile.write(path, ROWS | {"alice@corp.test": '{"k":"MAILBOX"}'})
    time.sleep(cdb.CHECK_SECONDS + 0.05)
    assert table.get(b"alice@corp.test") == b'{"k":"MAILBOX"}'
    assert table.version != before


def test_a_missing_file_is_not_an_absent_key(tmp_path: Path) -> None:
    with pytest.raises(cdb.CdbUnavailable):
        cdb.Cdb(tmp_path / "gate.cdb").get(b"alice@corp.test")


def test_a_file_that_vanishes_is_noticed_and_comes_back(path: Path) -> None:
    table = cdb.Cdb(path)
    assert table.get(b"u1@corp.test") == b"1"
    path.unlink()
    time.sleep(cdb.CHECK_SECONDS + 0.05)
    with pytest.raises(cdb.CdbUnavailable):
        table.get(b"u1@corp.test")
    cdbfile.write(path, ROWS)
    assert table.get(b"u1@corp.test") == b"1"


@pytest.mark.parametrize("keep", [0, 100, 2048, -5000])
def test_a_cut_off_file_is_refused(path: Path, keep: int) -> None:
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(cdb.CdbUnavailable):
        cdb.Cdb(path).get(b"u1@corp.test")


def test_damaged_pointers_are_unavailable_not_absent(path: Path) -> None:
    data = bytearray(path.read_bytes())
    digest = cdb.cdb_hash(b"u7@corp.test")
    table = int.from_bytes(data[(digest & 255) * 8 : (digest & 255) * 8 + 4], "little")
    slots = int.from_bytes(data[(digest & 255) * 8 + 4 : (digest & 255) * 8 + 8], "little")
    for slot in range(slots):
        data[table + slot * 8 + 4 : table + slot * 8 + 8] = b"\xf0\xff\xff\xff"
    path.write_bytes(data)
    with pytest.raises(cdb.CdbUnavailable):
        cdb.Cdb(path).get(b"u7@corp.test")


def test_an_empty_table_has_nothing(tmp_path: Path) -> None:
    cdbfile.write(tmp_path / "gate.cdb", {})
    assert cdb.Cdb(tmp_path / "gate.cdb").get(b"instance") is None
