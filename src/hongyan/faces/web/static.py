"""Style sheet, scripts and pictures: read once, compressed once, kept by browsers for a year.

Owns: the addresses under `/static/` and the answers to them, before Django sees the request.
Always: the address holds a hash over all files, so a changed file has a new address and an old page still finds its
files by their names.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

FOLDER: Final = Path(__file__).parent.parent / "static"
PREFIX: Final = "/static/"
TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
}
Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]


class Asset(NamedTuple):
    kind: str
    plain: bytes
    packed: bytes


@cache
def assets() -> dict[str, Asset]:
    found = {}
    for path in sorted(FOLDER.iterdir()):
        if path.suffix in TYPES:
            body = path.read_bytes()
            found[path.name] = Asset(TYPES[path.suffix], body, gzip.compress(body, 9, mtime=0))
    return found


@cache
def version() -> str:
    digest = hashlib.sha256()
    for name, asset in assets().items():
        digest.update(name.encode() + b"\0" + asset.plain + b"\0")
    return digest.hexdigest()[:12]


def url(name: str) -> str:
    if name not in assets():
        raise KeyError(name)
    return f"{PREFIX}{version()}/{name}"


class StaticFiles:
    """WSGI: answers what is below PREFIX, passes on everything else."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/favicon.ico":
            path = url("goose.svg")
        if not path.startswith(PREFIX) or environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
            return self.application(environ, start)
        asked, _, name = path[len(PREFIX) :].partition("/")
        asset = assets().get(name)
        if asset is None:
            return self.application(environ, start)
        lasting = "public, max-age=31536000, immutable" if asked == version() else "no-cache"
        zipped = "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
        body = asset.packed if zipped else asset.plain
        headers = [
            ("Content-Type", asset.kind), ("Content-Length", str(len(body))), ("Cache-Control", lasting),
            ("Vary", "Accept-Encoding"), ("X-Content-Type-Options", "nosniff"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
        ]  # fmt: skip
        start("200 OK", headers + ([("Content-Encoding", "gzip")] if zipped else []))
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]
