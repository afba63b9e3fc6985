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
from dataclasses import dataclass
from pathlib import Path

from hongyan.kernel.instance import Instance
from hongyan.release.render import rspamd

PYTHON = sys.executable
#: Debian's own signature directory, filled by its freshclam where that runs.
SYSTEM_SIGNATURES = Path("/var/lib/clamav")
#: The harmless test file of the industry (EICAR), so that a scanner without other signatures can be tried at all.
EICAR = (
    "Test.EICAR:0:*:58354f2150254041505b345c505a58353428505e2937434329377d2445494341522d5354414e444152442d414e5449564952"
    "55532d544553542d46494c452124482b482a\n"
)
_APPARMOR = Path("/sys/module/apparmor/parameters/enabled")


@dataclass(frozen=True, slots=True)
class Ready:
    """When a service is ready: its TCP port on loopback answers, or its socket stands at the path."""

    port: int = 0
    socket: Path | None = None


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    argv: tuple[str, ...]
    directory: Path
    user: str = "root"  #: engines drop their rights by themselves
    environment: tuple[tuple[str, str], ...] = ()
    stop_signal: str = "TERM"
    stop_wait: int = 10  #: seconds until KILL
    priority: int = 50  #: lower starts earlier
    ready: Ready | None = None  #: None: running is enough
    before: tuple[tuple[str, ...], ...] = ()  #: commands that must succeed before each start


def services(instance: Instance) -> tuple[Service, ...]:
    """All of them, in the order in which they start."""
    scanner = (_redis(instance), _clamd(instance), _rspamd(instance)) if instance.rspamd else ()
    signatures = (_freshclam(instance),) if instance.rspamd and instance.outside else ()
    policies = (_mta_sts(instance), *_tls_policy(instance)) if instance.outside else ()
    everything = (*scanner, *signatures, *policies, _dovecot(instance), _postfix(instance), *_own(instance))
    return tuple(sorted(everything, key=lambda service: service.priority))


# -- engines -------------------------------------------------------------------------------------


def _redis(i: Instance) -> Service:
    return Service(
        "redis", ("/usr/bin/redis-server", str(i.live / "etc/redis.conf")), i.root / "redis", user="redis",
        priority=10, ready=Ready(socket=i.run / "redis" / "redis.sock"),
    )  # fmt: skip


def _clamd(i: Instance) -> Service:
    return Service(
        "clamd", (*_unconfined(), "/usr/sbin/clamd", "-c", str(i.live / "etc/clamd.conf")), i.root / "clamav",
        priority=10, ready=Ready(socket=i.run / "clamav" / "clamd.sock"),
    )  # fmt: skip


def _freshclam(i: Instance) -> Service:
    argv = (*_unconfined(), "/usr/bin/freshclam", "-d", "--foreground", f"--config-file={i.live}/etc/freshclam.conf")
    return Service("freshclam", argv, i.root / "clamav", priority=70)


def _unconfined() -> tuple[str, ...]:
    """Debian's AppArmor profiles hold ClamAV to the system's directories; ours are the instance's."""
    try:
        enabled = _APPARMOR.read_text("ascii").startswith("Y")
    except OSError:
        enabled = False
    return ("/usr/bin/aa-exec", "-p", "unconfined", "--") if enabled and shutil.which("aa-exec") else ()


def _rspamd(i: Instance) -> Service:
    # Rspamd 3.12 waits for open milter connections: engine notes 1.
    return Service(
        "rspamd", tuple(rspamd.command(i)), i.root / "rspamd", stop_wait=20, priority=30,
        ready=Ready(socket=i.run / "rspamd" / "milter.sock"), before=(_alone(i, "rspamd"),),
    )  # fmt: skip


def _mta_sts(i: Instance) -> Service:
    """Debian's own user; the interpreter is Debian's, too."""
    return Service(
        "mta-sts", ("/usr/bin/mta-sts-daemon", "-c", str(i.live / "etc/mta-sts.yml")), i.state / "mta-sts", user="_mta-sts",
        environment=(("PYTHONPATH", ""),), priority=20, ready=Ready(socket=i.sts_socket),
    )  # fmt: skip


def _tls_policy(i: Instance) -> tuple[Service, ...]:
    if not i.dane:
        return ()
    ready = Ready(socket=i.tls_policy_socket)
    return (_program(i, "tls-policy", "hongyan.engines.tlspolicy", priority=30, ready=ready),)


def _dovecot(i: Instance) -> Service:
    return Service(
        "dovecot", ("/usr/sbin/dovecot", "-F", "-c", str(i.live / "etc/dovecot.conf")), i.run,
        priority=40, ready=Ready(port=i.ports["imap"]), before=(_alone(i, "dovecot"),),
    )  # fmt: skip


def _postfix(i: Instance) -> Service:
    """`master -s` itself: a signal to the shell of `postfix start-fg` would orphan it (engine notes 0.11)."""
    conf = str(i.live / "etc/postfix")
    lead = (PYTHON, "-m", "hongyan.engines.supervise.session")
    return Service(
        "postfix", (*lead, "/usr/lib/postfix/sbin/master", "-c", conf, "-s"), i.run, priority=50,
        ready=Ready(port=i.ports["smtp"]),
        before=(
            _alone(i, "postfix"), ("/usr/sbin/postfix", "-c", conf, "check"),
            ("/usr/sbin/postmap", "-c", conf, f"cdb:{i.filling}"),
        ),
    )  # fmt: skip


def _alone(i: Instance, service: str) -> tuple[str, ...]:
    """Children of a killed main process end before its next life."""
    return (PYTHON, "-m", "hongyan.engines.supervise.remains", service, str(i.root))


# -- our own programs ----------------------------------------------------------------------------


def _own(i: Instance) -> tuple[Service, ...]:
    return (
        _program(i, "guard", "hongyan.engines.guard", priority=20, ready=Ready(port=i.ports["guard"])),
        _program(i, "gate", "hongyan.engines.gate", priority=20, ready=Ready(socket=i.gate_socket)),
        _program(
            i, "publisher", "hongyan.jobs publisher", user="root", priority=60,
            ready=Ready(socket=i.publisher_socket),
        ),
        _program(i, "worker", "hongyan.jobs worker", priority=70),
        _web(i),
    )  # fmt: skip


def _program(
    i: Instance, name: str, module: str, *, user: str = "hongyan", priority: int, ready: Ready | None = None
) -> Service:
    environment = (("HONGYAN_DIR", str(i.root)), ("PYTHONUNBUFFERED", "1"), ("MALLOC_ARENA_MAX", "2"))
    return Service(name, (PYTHON, "-m", *module.split()), i.root, user, environment, priority=priority, ready=ready)


def _web(i: Instance) -> Service:
    service = _program(i, "web", "hongyan.faces.web", priority=80, ready=Ready(port=i.ports["web"]))
    if i.ports["web"] >= 1024 and not 0 < i.http_port < 1024:
        return service
    lower = (
        "/usr/bin/setpriv", "--reuid=hongyan", "--regid=hongyan", "--init-groups",
        "--inh-caps=-all,+net_bind_service", "--ambient-caps=-all,+net_bind_service",
    )  # fmt: skip
    return Service(
        service.name, (*lower, *service.argv), service.directory, "root", service.environment,
        priority=service.priority, ready=service.ready,
    )  # fmt: skip


# -- directories ---------------------------------------------------------------------------------


def directories(instance: Instance) -> tuple[tuple[Path, int, str, str], ...]:
    """(path, mode, owner, group) of every directory that an engine or a program of ours needs to find."""
    i, root = instance, instance.root
    return (
        (root, 0o755, "root", "root"),
        (i.live, 0o755, "root", "root"),
        (root / "db", 0o2770, "hongyan", "hongyan"),
        (i.acme, 0o755, "root", "root"),
        (i.mail, 0o700, "vmail", "vmail"),
        (i.strangers, 0o700, "vmail", "vmail"),
        (i.log, 0o755, "root", "root"),
        (i.events, 0o751, "hongyan", "hongyan"),
        (i.events / "quota", 0o2770, "vmail", "hongyan"),
        (i.state, 0o755, "root", "root"),
        (i.state / "dovecot", 0o755, "root", "root"),
        (i.state / "sieve", 0o700, "vmail", "vmail"),
        (i.filling.parent, 0o755, "vmail", "vmail"),
        (i.state / "guard", 0o700, "hongyan", "hongyan"),
        (i.state / "desk", 0o750, "root", "hongyan"),
        (i.state / "tasks", 0o2770, "hongyan", "hongyan"),
        (i.state / "imports", 0o2770, "hongyan", "hongyan"),
        (i.run, 0o755, "root", "root"),
        (i.run / "dovecot", 0o755, "root", "root"),
        (i.locks, 0o700, "vmail", "vmail"),
        (i.gate_socket.parent, 0o755, "hongyan", "hongyan"),
        # Who may speak here says who has signed in: Postfix alone, and it starts as this user.
        (i.answers_socket.parent, 0o750, "hongyan", "postfix"),
        (i.publisher_socket.parent, 0o755, "root", "root"),
        (i.run / "rspamd", 0o755, "_rspamd", "_rspamd"),
        (i.run / "redis", 0o755, "redis", "redis"),
        (i.run / "clamav", 0o755, "clamav", "clamav"),
        *_policy_directories(i),
        (root / "spool", 0o755, "root", "root"),
        (root / "pdata", 0o700, "postfix", "postfix"),
        (root / "rspamd", 0o750, "_rspamd", "_rspamd"),
        (root / "redis", 0o750, "redis", "redis"),
        (root / "clamav", 0o755, "root", "root"),
        (root / "clamav" / "db", 0o755, "clamav", "clamav"),
        (root / "clamav" / "tmp", 0o700, "clamav", "clamav"),
    )


def _policy_directories(i: Instance) -> tuple[tuple[Path, int, str, str], ...]:
    """Only where there is a world to send to: the package's user need not exist elsewhere."""
    if not i.outside:
        return ()
    return (
        (i.sts_socket.parent, 0o755, "_mta-sts", "_mta-sts"),
        (i.sts_cache.parent, 0o700, "_mta-sts", "_mta-sts"),
        (i.tls_policy_socket.parent, 0o755, "hongyan", "hongyan"),
    )


def prepare_directories(instance: Instance) -> None:
    """Make what is missing, set owners and modes, lay out the first maps and the virus signatures. Needs root."""
    for path, mode, owner, group in directories(instance):
        if path.is_symlink():  # where everybody may write, somebody may have been there first
            path.unlink()
        path.mkdir(parents=True, exist_ok=True)
        shutil.chown(path, owner, group)
        path.chmod(mode)
    instance.filling.touch()
    shutil.chown(instance.filling, "vmail", "vmail")
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
