"""`up`: from whatever there is to a running, ready instance.

Owns: the order of the steps. Each step looks first and does only what is missing, so `up` may be called at any time.
Always: a refusal while a new instance is made removes what this attempt made. An instance that existed before, or
one whose services then do not come up, is kept: its logs say why.
"""

from __future__ import annotations

import compileall
import fcntl
import hashlib
import importlib
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, ModuleType

import hongyan
from hongyan.engines import services as catalogue
from hongyan.engines.setup import certificates, kernel, making, packages, ports, users, warm
from hongyan.engines.supervise import control, readiness, starting, stopping
from hongyan.faces.cli.django import set_up_django
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.processes import status_document
from hongyan.faces.cli.registry import Namespace, Subparsers
from hongyan.kernel import clock
from hongyan.kernel.decision import Decision, Refusal
from hongyan.kernel.instance import PUBLIC_PORTS, Instance, load
from hongyan.release import store

LOCKS = Path("/run/lock")
WATCH_SECONDS = 2.0


def register(sub: Subparsers) -> None:
    up = sub.add_parser("up", help="set up what is missing, start, wait until ready")
    up.add_argument("--detach", action="store_true", help="return once everything is ready, instead of staying")
    up.add_argument("--sample", action="store_true", help="add a sample company with people and mail")
    up.add_argument(
        "--ports",
        choices=("demo", "standard", "auto"),
        default="",
        help="of a new instance: demo (default: fixed high ports), standard (25, 465, 587, 143, ...), auto (free high ports)",
    )
    up.add_argument("--hostname", default="", help="the mail host's name (default: this machine's)")
    up.add_argument("--listen", default="", metavar="ADDRESS", help="address of the public ports (default: 127.0.0.1)")
    up.add_argument("--offline", action="store_true", help="no DNS or internet checks, no signature downloads")
    up.add_argument(
        "--resolver",
        default="",
        metavar="IP[:PORT]",
        help="DNS resolver that mail is judged with (default: the system's)",
    )
    up.add_argument(
        "--database", default="", metavar="URL", help="postgresql://USER:PASSWORD@HOST:PORT/NAME (default: SQLite)"
    )
    up.set_defaults(run=run_up)


def run_up(args: Namespace, out: Output) -> int:
    if os.geteuid() != 0:
        raise Refusal("setup.not_root")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    root = settle_place(args.dir)
    wishes = making.Wishes(args.ports, args.hostname, args.listen, args.offline, args.resolver, args.database)
    steps = Steps(out)
    with only_one(root):
        try:
            instance, link = bring_up(root, wishes, steps)
        except Refusal as refused:
            if args.detach or not mail_flows(refused):
                raise
            out.error(refused.decision)
            stay(load(root), out)
            return 1
        if args.sample:
            steps.begin("up.step_sample")
            importlib.import_module("hongyan.faces.cli.sample").fill(instance, steps.detail)
        steps.done()
    report = readiness.report_on(instance)
    document = status_document(instance, report, out) | {"ca": str(instance.ca_pem), "signin_url": link}
    out.result(document, lambda: welcome(instance, report, link, out))
    if not args.detach:
        stay(instance, out)
    return 0


def mail_flows(refused: Refusal) -> bool:
    """Whether only the web plane is missing. In the foreground (under systemd) `up` then stays: the mail plane never
    waits for the web plane (promise 1)."""
    if refused.code == "up.not_ready":
        return not readiness.MAIL_PLANE & set(refused.decision.params["services"])
    return refused.code == "up.without_database"


def interrupt(number: int, frame: FrameType | None) -> None:
    """A signal ends `up` like Ctrl-C does: what it was making is removed, what it had started stops."""
    raise KeyboardInterrupt


def settle_place(directory: Path) -> Path:
    """The instance's resolved directory: the launcher made `var` of a closed checkout a symlink to an open place."""
    root = directory.resolve()
    making.check_place(root)
    os.environ["HONGYAN_DIR"] = str(root)
    return root


@contextmanager
def only_one(root: Path) -> Iterator[None]:
    """Two `up` of one instance at once: the second waits, then finds it running."""
    name = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
    with (LOCKS / f"hongyan-{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Steps:
    """Short progress lines with the time each step took."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._step, self._since = "", time.monotonic()

    def begin(self, code: str, **params: object) -> None:
        self.done()
        self._step, self._since = self._out.say(code, **params), time.monotonic()

    def detail(self, text: str) -> None:
        self._out.progress(f"    {text}")

    def warn(self, decision: Decision) -> None:
        self._out.progress(f"  ! {self._out.tell(decision)}")

    def done(self) -> None:
        if self._step:
            self._out.progress(f"{time.monotonic() - self._since:6.1f} s  {self._step}")
        self._step = ""


def bring_up(root: Path, wishes: making.Wishes, steps: Steps) -> tuple[Instance, str]:
    """The running instance, and a one-time sign-in link for its operator."""
    prepare_machine(root, steps)
    instance, broken = make_or_load(root, wishes, steps)
    if stopping.is_running(instance):
        starting.restart_missing(instance)
    else:
        steps.begin("up.step_services")
        starting.start_supervisor(instance)
    try:
        starting.wait_until_ready(instance, readiness.MAIL_PLANE if broken else None)
    except KeyboardInterrupt:
        stopping.stop(instance)
        raise
    if broken:
        raise Refusal("up.without_database", reason=broken)
    warm.keep(root / "rspamd")
    link: str = with_database().signin_link(instance)
    return instance, link


def prepare_machine(root: Path, steps: Steps) -> None:
    making.check_disk(root)
    if absent := packages.missing(packages.needed(packages.debian_version())):
        steps.begin("up.step_packages", packages=absent)
        packages.install(absent)
    users.ensure()
    kernel.raise_bounds()


def make_or_load(root: Path, wishes: making.Wishes, steps: Steps) -> tuple[Instance, str]:
    """The instance, ready to be started, and what is wrong with its database (empty: nothing).

    A new one is removed again when a step refuses.
    """
    is_new = not (root / "instance.toml").exists()
    if is_new:
        steps.begin("up.step_instance", directory=root)
        making.make(root, wishes, debian=packages.debian_version(), now=clock.now())
    instance = load(root)
    making.require_same(instance, wishes)
    try:
        return instance, "" if stopping.is_running(instance) else prepare(instance, steps)
    except BaseException:
        if is_new:
            for made in (root, instance.locks):
                shutil.rmtree(made, ignore_errors=True)
        raise


def prepare(instance: Instance, steps: Steps) -> str:
    """Everything that must stand before the services start. Nothing of the instance runs while this is done.

    A database that cannot be used is told in the answer when there is a release that the engines can run without it.
    """
    starting.sweep(instance)
    ports.require_free(instance)
    certificates.ensure(instance.tls, instance.hostname, now=clock.now(), group=users.group_of("hongyan"))
    catalogue.prepare_directories(instance)
    warm.seed(instance.root / "rspamd")
    compileall.compile_dir(Path(hongyan.__file__).parent, quiet=2)
    steps.begin("up.step_database")
    ground = with_database()
    try:
        ground.migrate(instance)
    except ground.Unusable as problem:
        if not store.live_number(instance):
            raise
        return str(problem).strip() or type(problem).__name__
    catalogue.prepare_directories(instance)  # the database's files, made by root, now belong to the services
    steps.begin("up.step_release")
    if older := ground.ensure_release(instance):
        steps.warn(older)
    return ""


def with_database() -> ModuleType:
    """`ground.py`, once there is an instance for Django's settings."""
    set_up_django()
    return importlib.import_module("hongyan.faces.cli.ground")


def welcome(instance: Instance, report: readiness.Report, link: str, out: Output) -> str:
    rows = [(name, str(instance.ports[name])) for name in PUBLIC_PORTS]
    lines = [
        "",
        out.say("up.ready", hostname=instance.hostname, listen=instance.listen),
        "",
        out.say("up.web", url=instance.web_url),
        out.say("up.signin", url=link),
        out.say("up.authority", path=instance.ca_pem),
        "",
        table(rows, indent="  "),
    ]
    lines += ["", *(f"! {out.tell(warning)}" for warning in report.warnings)] if report.warnings else []
    return "\n".join(lines)


def stay(instance: Instance, out: Output) -> None:
    """In the foreground until Ctrl-C, a signal, or somebody else's `down`; then everything stops."""
    out.progress(out.say("up.staying"))
    before: tuple[str, ...] = ()
    try:
        while (states := control.states(instance)) is not None:
            waiting = tuple(state.name for state in states if state.state not in ("running", "starting"))
            if waiting != before:
                out.progress(out.say("up.waiting", services=list(waiting)) if waiting else out.say("up.all_answer"))
                before = waiting
            time.sleep(WATCH_SECONDS)
    except KeyboardInterrupt:
        out.progress(out.say("down.stopping"))
        stopping.stop(instance)
    out.progress(out.say("down.done", directory=instance.root))
