"""Where the publisher leaves answers for the web: small JSON files in `state/desk/`, readable by us alone.

Always: written aside and renamed; names are made here, so that nothing from a page becomes a path unchecked.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from hongyan.kernel.instance import Instance

KEEP_SECONDS = 600.0
#: What was read in somebody's mail (reading.py) lies no longer than it takes to show it.
KEEP_LOOK_SECONDS = 20.0
_NAME = re.compile(r"[a-z]+(-[0-9A-Za-z]+)+")


def directory(instance: Instance) -> Path:
    return instance.state / "desk"


def share(path: Path, mode: int) -> None:
    """Let our own programs read it, and nobody else."""
    with suppress(LookupError, PermissionError):  # no such group in a bare test instance, or we are not root
        shutil.chown(path, group="hongyan")
    path.chmod(mode)


def write(instance: Instance, name: str, answer: dict[str, Any]) -> None:
    directory(instance).mkdir(mode=0o750, exist_ok=True)
    share(directory(instance), 0o750)
    aside = _path(instance, name).with_suffix(".new")
    aside.write_text(json.dumps(answer, ensure_ascii=False), "utf-8")
    share(aside, 0o640)
    os.replace(aside, _path(instance, name))


def read(instance: Instance, name: str, *, newer: float = 0.0) -> dict[str, Any] | None:
    """The answer when there is one written after `newer` (epoch seconds)."""
    path = _path(instance, name)
    try:
        if path.stat().st_mtime < newer:
            return None
        answer = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return answer if isinstance(answer, dict) else None


def clean(instance: Instance) -> None:
    for path in directory(instance).glob("*.json"):
        with suppress(OSError):
            keep = KEEP_LOOK_SECONDS if path.name.startswith("look-") else KEEP_SECONDS
            if path.stat().st_mtime < time.time() - keep:
                path.unlink()


def _path(instance: Instance, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise ValueError(f"not an answer's name: {name[:60]!r}")
    return directory(instance) / f"{name}.json"
