"""Unix users of the services that no Debian package makes, and the one membership that a socket needs.

Always: running it again changes nothing.
"""

from __future__ import annotations

import grp
import pwd
import subprocess

from hongyan.kernel.decision import Refusal

#: hongyan: our own programs. vmail: owner of all mail.
OWN_USERS = ("hongyan", "vmail")
#: member -> group: Rspamd speaks to Redis over a socket of that group (engine notes 1).
MEMBERSHIPS = (("_rspamd", "redis"),)


def ensure() -> None:
    for name in OWN_USERS:
        if not _exists(name):
            _run("adduser", "--quiet", "--system", "--group", "--no-create-home", "--home", "/nonexistent", name)
    for member, group in MEMBERSHIPS:
        if member not in grp.getgrnam(group).gr_mem:
            _run("usermod", "-a", "-G", group, member)


def group_of(name: str) -> int:
    return grp.getgrnam(name).gr_gid


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
        grp.getgrnam(name)
    except KeyError:
        return False
    return True


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Refusal("setup.users", command=" ".join(command), reason=done.stderr.strip() or str(done.returncode))
