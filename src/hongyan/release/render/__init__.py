"""Every file that is not a table: pure functions from the ground to text, one module per engine.

Owns: the list of files below `live/`, which engine must be told when one changes, which tool checks it.
Never: writes, reloads or runs anything.
Always: the same ground and secrets give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from hongyan.release.facts import Ground
from hongyan.release.render import clamd, dovecot, mtasts, postfix, redis, rspamd, sieve
from hongyan.release.render.filetext import FileText, Unwritable
from hongyan.release.render.secrets import Secrets

__all__ = ["Engine", "FileText", "Secrets", "Unwritable", "checks_for", "reload_for", "render", "render_static"]

Engine = Literal["postfix", "dovecot", "rspamd", "clamd", "redis", "mta-sts"]


def render_static(ground: Ground) -> dict[str, FileText]:
    """Every static file, path below `live/` -> file. Reads the instance's secrets."""
    return render(ground, Secrets.of(ground.instance))


def render(ground: Ground, secrets: Secrets) -> dict[str, FileText]:
    """The pure part of `render_static`."""
    files: dict[str, FileText] = {}
    for part in (
        postfix.files(ground),
        mtasts.files(ground),
        dovecot.files(ground, secrets),
        sieve.files(),
        rspamd.files(ground) if ground.instance.rspamd else {},
        redis.files(ground) if ground.instance.rspamd else {},
        clamd.files(ground) if ground.instance.rspamd else {},
    ):
        files |= part
    return dict(sorted(files.items()))


def reload_for(path: str) -> Engine | None:
    """Which engine must be told that this file below `live/` changed. None: nobody, it is read anew when needed.

    Other tables, the Dovecot password files, sieve scripts, DKIM keys and their maps are noticed by the engines themselves
    (engine notes 3).
    """
    # trivial-rewrite looks at its tables every ten seconds; meanwhile mail to a new domain would be refused for good.
    if path.startswith("etc/postfix/") or path == "tables/domains.cdb":
        return "postfix"
    if path == "etc/dovecot.conf" or path.startswith("etc/dovecot.d/"):
        return "dovecot"
    if path.startswith("etc/rspamd/") and not path.startswith("etc/rspamd/dkim/"):
        return "rspamd"
    if path == "etc/mta-sts.yml":
        return "mta-sts"
    if path == "etc/clamd.conf":
        return "clamd"
    return "redis" if path == "etc/redis.conf" else None


def checks_for(root: Path, paths: Iterable[str]) -> list[tuple[str, list[str]]]:
    """(tool, command) for each engine that one of the changed paths concerns; `root` holds a whole set of files."""
    changed = set(paths)
    engines = {reload_for(path) for path in changed}
    checks: list[tuple[str, list[str]]] = []
    if "postfix" in engines:
        checks += postfix.checks(root)
    if "dovecot" in engines:
        checks += dovecot.checks(root)
    if "rspamd" in engines:
        checks += rspamd.checks(root)
    if any(path.startswith("etc/sieve/") for path in changed):
        checks += sieve.checks(root)
    checks += sieve.check_of(root, *sorted(changed & sieve.SCRIPTS))
    return checks
