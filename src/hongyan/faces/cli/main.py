"""From the arguments to one handler, and from its outcome to an exit code.

Owns: the options every command takes (--dir, --json), the order of events (arguments, instance, Django, handler) and
the exit codes: 0 done, 1 refused or failed, 2 wrong usage.
Never: holds a rule or touches the instance itself.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

import hongyan
from hongyan.faces.cli.django import set_up_django
from hongyan.faces.cli.output import Output, reader_locale
from hongyan.faces.cli.registry import COMMANDS, Command, Parser, find
from hongyan.kernel.decision import Decision, Refusal
from hongyan.kernel.instance import NoInstance, load

REFUSED, USAGE, INTERRUPTED = 1, 2, 130


class Common(NamedTuple):
    """The options that may stand before or after the command, and what is left without them."""

    directory: str | None
    json_mode: bool
    rest: list[str]


class UsageError(Exception):
    """Wrong arguments; the text is argparse's."""


def take_common(arguments: Sequence[str]) -> Common:
    directory, json_mode, rest = None, False, list[str]()
    words = iter(arguments)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word == "--json":
            json_mode = True
        elif word == "--dir":
            directory = next(words, "")
        elif word.startswith("--dir="):
            directory = word.removeprefix("--dir=")
        else:
            rest.append(word)
    if directory == "":
        raise UsageError("argument --dir: expected a directory")
    return Common(directory, json_mode, rest)


class _Parser(Parser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.format_usage()}{self.prog}: {message}")


def build_parser(command: Command | None) -> Parser:
    """The parser of one command, or the overview when none is named."""
    parser = _Parser(
        prog="hongyan",
        description="A company's mail service.",
        epilog="Every command takes --dir DIR (the instance, default: var) and --json (one JSON document on stdout).",
    )
    parser.add_argument("--version", action="version", version=f"hongyan {hongyan.__version__}")
    sub = parser.add_subparsers(metavar="COMMAND", required=True)
    if command:
        importlib.import_module(f"hongyan.faces.cli.{command.module}").register(sub)
    else:
        for each in COMMANDS:
            sub.add_parser(each.name, help=each.summary)
    return parser


def instance_directory(given: str | None) -> Path:
    """--dir relative to where the caller stands; else HONGYAN_DIR; else `var` of the checkout."""
    if given or (given := os.environ.get("HONGYAN_DIR")):
        return Path(given).absolute()
    return Path(os.environ.get("HONGYAN_CHECKOUT", ".")).absolute() / "var"


def require_instance(directory: Path) -> None:
    """An instance, and the right to read its secrets. Without one, Django would work on an empty database in memory."""
    load(directory).secret("django.key")


def run(common: Common, out: Output) -> int:
    for argument in [*common.rest, common.directory or ""]:
        if any("\udc80" <= c <= "\udcff" for c in argument):  # not UTF-8: surrogate escapes
            raise Refusal("argument.encoding", argument=ascii(argument))
    name = next((word for word in common.rest if not word.startswith("-")), "")
    command = find(name)
    os.environ["HONGYAN_DIR"] = str(instance_directory(common.directory))
    if command and command.needs_database:
        if not {"-h", "--help"} & set(common.rest):
            require_instance(Path(os.environ["HONGYAN_DIR"]))
        set_up_django()
    args = build_parser(command).parse_args(common.rest)
    args.dir = Path(os.environ["HONGYAN_DIR"])
    code: int | None = args.run(args, out)
    return code or 0


def outcome_of(failure: Exception) -> Decision:
    """A failure as a verdict. What nobody foresaw is shown with its traceback on stderr."""
    if isinstance(failure, Refusal):
        return failure.decision
    if isinstance(failure, NoInstance):
        return Decision("instance.absent", {"directory": str(failure)})
    if isinstance(failure, PermissionError):
        return Decision("right.missing", {"path": str(failure.filename)})
    if type(failure).__module__ == "django.db.utils":
        return Decision("database.unavailable", {"reason": str(failure).strip()})
    traceback.print_exception(failure)
    return Decision("internal", {"reason": f"{type(failure).__name__}: {failure}"})


def main(arguments: Sequence[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    out = Output(json_mode="--json" in arguments, locale=reader_locale())
    try:
        return run(take_common(arguments), out)
    except UsageError as usage:
        out.usage(str(usage))
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of stdout went away, as in `hongyan logs | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return REFUSED
    except Exception as failure:
        out.error(outcome_of(failure), getattr(failure, "reasons", ()))
        return REFUSED
