"""The list of an instance's processes, and the directories they stand in.

Owns: how each engine and each program of ours is started, stopped and known to be ready; who owns which directory.
Never: starts, stops or asks anything (`engines/supervise`).
Always: every process stays in the foreground under one supervisor and runs as the Unix user that needs the least;
`prepare_directories` may run again at any time.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from hongyan.engines.supervise.service import Service, accepts, accepts_unix, exists
from hongyan.kernel.instance import Instance
from hongyan.release.render import rspamd

#: Debian's own signature directory, filled by its freshclam where that runs.
SYSTEM_SIGNATURES = Path("/var/lib/clamav")
#: The harmless test file of the industry (EICAR), so that a scanner without other signatures can be tried at all.
EICAR = (
    "Test.EICAR:0:*:58354f2150254041505b345c505a58353428505e2937434329377d2445494341522d5354414e444152442d414e5449564952"
    "55532d544553542d46494c452124482b482a\n"
)
_APPARMOR = Path("/sys/module/apparmor/parameters/enabled")


def services(instance: Instance) -> tuple[Service, ...]:
    """All of them, in the order in which they start."""
    i = instance
    scanner = (_redis(i), _clamd(i), _rspamd(i)) if i.rspamd else ()
    signatures = (_freshclam(i),) if i.rspamd and i.outside else ()
    return (
        *scanner, *signatures, _guard(i), _gate(i), _dovecot(i), _postfix(i), _publisher(i), _worker(i), _web(i),
    )  # fmt: skip


# -- engines -------------------------------------------------------------------------------------


def _redis(i: Instance) -> Service:
    argv = ("/usr/bin/redis-server", str(i.live / "etc/redis.conf"))
    return Service("redis", argv, accepts_unix(i.run / "redis/redis.sock"), user="redis")


def _clamd(i: Instance) -> Service:
    argv = (*_unconfined(), "/usr/sbin/clamd", "-c", str(i.live / "etc/clamd.conf"))
    return Service("clamd", argv, accepts_unix(i.run / "clamav/clamd.sock"))


def _freshclam(i: Instance) -> Service:
    argv = (*_unconfined(), "/usr/bin/freshclam", "-d", "--foreground", f"--config-file={i.live}/etc/freshclam.conf")
    return Service("freshclam", argv, exists(i.root / "clamav/db"), needed=False)


def _unconfined() -> tuple[str, ...]:
    """Debian's AppArmor profiles hold ClamAV to the system's directories; ours are the instance's."""
    try:
        enabled = _APPARMOR.read_text("ascii").startswith("Y")
    except OSError:
        enabled = False
    return ("/usr/bin/aa-exec", "-p", "unconfined", "--") if enabled and shutil.which("aa-exec") else ()


def _rspamd(i: Instance) -> Service:
    # Rspamd 3.12 waits for open milter connections: engine notes 1.
    return Service("rspamd", tuple(rspamd.command(i)), accepts_unix(i.run / "rspamd/milter.sock"), stop_seconds=20)


def _dovecot(i: Instance) -> Service:
    argv = ("/usr/sbin/dovecot", "-F", "-c", str(i.live / "etc/dovecot.conf"))
    return Service("dovecot", argv, accepts(_own_address(i), i.ports["imap"]))


def _postfix(i: Instance) -> Service:
    """The check makes the queue's directories; then the master takes the shell's place (same process).

    `postfix start-fg` would keep its shell, and a signal to that orphans the master (engine notes 0.11).
    """
    conf = i.live / "etc/postfix"
    script = f"/usr/sbin/postfix -c {conf} check && exec /usr/lib/postfix/sbin/master -c {conf} -s"
    return Service("postfix", ("/bin/sh", "-c", script), accepts(_own_address(i), i.ports["smtp"]))


def _own_address(i: Instance) -> str:
    return "127.0.0.1" if i.listen == "0.0.0.0" else i.listen  # noqa: S104 - compared, not bound


# -- our own programs ----------------------------------------------------------------------------


def _guard(i: Instance) -> Service:
    return Service("guard", _python("hongyan.engines.guard"), accepts("127.0.0.1", i.ports["guard"]), user="hongyan")


def _gate(i: Instance) -> Service:
    return Service("gate", _python("hongyan.engines.gate"), accepts_unix(i.gate_socket), user="hongyan")


def _publisher(i: Instance) -> Service:
    """As root: it gives the engines' files to their users."""
    return Service("publisher", _python("hongyan.release.publisher"), exists(i.publisher_socket))


def _worker(i: Instance) -> Service:
    return Service("worker", _python("hongyan.jobs.worker"), exists(i.root), user="hongyan")


def _web(i: Instance) -> Service:
    argv, ready = _python("hongyan.faces.web"), accepts(_own_address(i), i.ports["web"])
    if i.ports["web"] >= 1024:
        return Service("web", argv, ready, user="hongyan")
    lower = (
        "/usr/bin/setpriv", "--reuid=hongyan", "--regid=hongyan", "--init-groups",
        "--inh-caps=-all,+net_bind_service", "--ambient-caps=-all,+net_bind_service",
    )  # fmt: skip
    return Service("web", (*lower, *argv), ready)


def _python(module: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module)


# -- directories ---------------------------------------------------------------------------------


def directories(instance: Instance) -> tuple[tuple[Path, int, str, str], ...]:
    """(path, mode, owner, group) of every directory that an engine or a program of ours needs to find."""
    i, root = instance, instance.root
    return (
        (root, 0o755, "root", "root"),
        (i.live, 0o755, "root", "root"),
        (root / "db", 0o2770, "hongyan", "hongyan"),
        (i.mail, 0o700, "vmail", "vmail"),
        (root / "shared", 0o700, "vmail", "vmail"),
        (i.log, 0o755, "root", "root"),
        (i.events, 0o751, "hongyan", "hongyan"),
        (i.events / "quota", 0o2770, "vmail", "hongyan"),
        (i.state, 0o755, "root", "root"),
        (i.state / "dovecot", 0o755, "root", "root"),
        (i.state / "sieve", 0o700, "vmail", "vmail"),
        (i.run, 0o755, "root", "root"),
        (i.run / "dovecot", 0o755, "root", "root"),
        (i.gate_socket.parent, 0o755, "hongyan", "hongyan"),
        (i.publisher_socket.parent, 0o755, "root", "root"),
        (i.run / "rspamd", 0o755, "_rspamd", "_rspamd"),
        (i.run / "redis", 0o755, "redis", "redis"),
        (i.run / "clamav", 0o755, "clamav", "clamav"),
        (root / "spool", 0o755, "root", "root"),
        (root / "pdata", 0o700, "postfix", "postfix"),
        (root / "rspamd", 0o750, "_rspamd", "_rspamd"),
        (root / "redis", 0o750, "redis", "redis"),
        (root / "clamav", 0o755, "root", "root"),
        (root / "clamav" / "db", 0o755, "clamav", "clamav"),
        (root / "clamav" / "tmp", 0o700, "clamav", "clamav"),
    )


def prepare_directories(instance: Instance) -> None:
    """Make what is missing, set owners and modes, lay out the virus signatures. Needs root."""
    for path, mode, owner, group in directories(instance):
        path.mkdir(parents=True, exist_ok=True)
        shutil.chown(path, owner, group)
        path.chmod(mode)
    _lay_out_signatures(instance.root / "clamav" / "db")


def _lay_out_signatures(directory: Path) -> None:
    """The test signature, and links to the system's signatures; files that our own freshclam brought are left."""
    test = directory / "local.ndb"
    if not test.exists():
        aside = test.with_suffix(".new")
        aside.write_text(EICAR, "ascii")
        aside.rename(test)
    for link in directory.iterdir():
        if link.is_symlink() and not link.exists():
            link.unlink()
    for pattern in ("*.cvd", "*.cld"):
        for source in SYSTEM_SIGNATURES.glob(pattern):
            other = {path.stem for path in directory.iterdir()}
            if source.stem not in other:
                os.symlink(source, directory / source.name)
