"""The answers to ACME's challenges (RFC 8555 8.3), as the ACME client has laid them out below the instance.

Never: needs Django; the port for plain HTTP answers from here, too.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

PATH: Final = "/.well-known/acme-challenge/"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")


def challenge_text(root: Path, token: str) -> bytes | None:
    if not _TOKEN.fullmatch(token):
        return None
    try:
        return (root / ".well-known" / "acme-challenge" / token).read_bytes()[:4096]
    except OSError:
        return None
