"""Where the virtual environment, the code and the default instance of a checkout lie.

Owns: the choice between "in the checkout" and "below /var/lib/hongyan", and the copy of the code in the second case.
Never: makes an instance or installs anything.
Always: the services' Unix users can traverse to the virtual environment, the code and the instance. A clone in /root
(mode 0700) is common, so such a checkout gets a place of its own below /var/lib/hongyan, reached by symlinks.
The launcher imports this module before anything is installed and at every command: standard library only, few imports.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from typing import NamedTuple

LIBRARY = "/var/lib/hongyan"


class Place(NamedTuple):
    checkout: str
    home: str  #: the checkout itself, or its directory below /var/lib/hongyan

    @property
    def in_place(self) -> bool:
        return self.home == self.checkout

    @property
    def venv(self) -> str:
        return os.path.join(self.home, ".venv" if self.in_place else "venv")

    @property
    def code(self) -> str:
        return os.path.join(self.home, "src" if self.in_place else "code")

    @property
    def var(self) -> str:
        return os.path.join(self.home, "var")


def first_closed(path: str) -> tuple[str, int] | None:
    """The topmost directory of `path` (itself included) that other users cannot traverse, with its mode."""
    found = None
    while True:
        try:
            mode = os.stat(path).st_mode & 0o7777
        except FileNotFoundError:
            mode = 0o755
        if not mode & 0o001:
            found = (path, mode)
        parent = os.path.dirname(path)
        if parent == path:
            return found
        path = parent


def _readable(checkout: str) -> bool:
    """False for a checkout made under a strict umask: its files are closed though its parents are open."""
    package = os.path.join(checkout, "src", "hongyan")
    return (
        first_closed(package) is None
        and bool(os.stat(package).st_mode & 0o004)
        and bool(os.stat(os.path.join(package, "__init__.py")).st_mode & 0o004)
    )


def place_of(checkout: str) -> Place:
    checkout = os.path.realpath(checkout)
    if _readable(checkout):
        return Place(checkout, checkout)
    short = hashlib.sha256(os.fsencode(checkout)).hexdigest()[:8]
    return Place(checkout, os.path.join(LIBRARY, f"{os.path.basename(checkout)}-{short}"))


def link(place: Place, name: str, target: str) -> None:
    """Make checkout/NAME a symlink to the directory `target`. What stands there and is not a symlink stays."""
    path = os.path.join(place.checkout, name)
    if place.in_place or (os.path.lexists(path) and not os.path.islink(path)):
        return
    if os.path.islink(path):
        if os.readlink(path) == target:
            return
        os.unlink(path)
    os.makedirs(target, exist_ok=True)
    os.symlink(target, path)


def _signature(tree: str) -> str:
    """Changes when any file of the tree is added, removed or written."""
    digest = hashlib.sha256()
    for folder, names, files in os.walk(tree):
        names[:] = sorted(n for n in names if n != "__pycache__")
        for name in sorted(files):
            path = os.path.join(folder, name)
            info = os.stat(path)
            digest.update(f"{os.path.relpath(path, tree)}\0{info.st_size}\0{info.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def sync_code(place: Place) -> bool:
    """Copy src to the place's code directory when it changed: made aside, readable to all, switched by rename."""
    if place.in_place:
        return False
    source = os.path.join(place.checkout, "src")
    signature = _signature(source)
    stamp = os.path.join(place.code, ".signature")
    try:
        with open(stamp, encoding="ascii") as file:
            if file.read() == signature:
                return False
    except FileNotFoundError:
        pass
    aside, old = place.code + ".new", place.code + ".old"
    for leftover in (aside, old):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(source, aside, ignore=shutil.ignore_patterns("__pycache__"))
    for folder, _names, files in os.walk(aside):
        os.chmod(folder, 0o755)  # noqa: S103 - the services' users read it
        for name in files:
            os.chmod(os.path.join(folder, name), 0o755 if name.endswith(".sh") else 0o644)
    with open(os.path.join(aside, ".signature"), "w", encoding="ascii") as file:
        file.write(signature)
    if os.path.lexists(place.code):
        os.rename(place.code, old)
    os.rename(aside, place.code)
    shutil.rmtree(old, ignore_errors=True)
    return True
