"""Where an uploaded file waits until it is checked: one file per import in the instance, for our own processes alone.

Always: gone when the import is applied, dropped or a week old. It may hold identity numbers.
"""

from __future__ import annotations

from pathlib import Path

from hongyan.company.imports.models import Import
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import current


def _path(batch: Import) -> Path:
    directory = current().state / "imports"
    directory.mkdir(mode=0o2770, exist_ok=True)
    return directory / f"{batch.pk}.bin"


def keep(batch: Import, data: bytes) -> None:
    path = _path(batch)
    path.touch(mode=0o660)
    path.write_bytes(data)


def load(batch: Import) -> bytes:
    """Refuses `import.file.gone`."""
    try:
        return _path(batch).read_bytes()
    except FileNotFoundError:
        raise Refusal("import.file.gone") from None


def size(batch: Import) -> int:
    try:
        return _path(batch).stat().st_size
    except FileNotFoundError:
        return 0


def forget(batch: Import) -> None:
    _path(batch).unlink(missing_ok=True)
