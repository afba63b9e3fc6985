"""Which command lives in which module.

Owns: the table of commands. A module listed here offers `register(sub: Subparsers) -> None`, which adds the parsers of
its commands and gives each a handler: `parser.set_defaults(run=handler)`, `handler(args: Namespace, out: Output)`
returning None (done) or an exit code.
Always: a module is imported only when one of its commands is called, after Django is set up when it needs the
database; so a command that needs none starts in a few milliseconds and works with a broken database.
"""

from __future__ import annotations

import argparse
from typing import NamedTuple, TypeAlias


class Parser(argparse.ArgumentParser):
    """No abbreviated options: scripts that use them would break when an option is added."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("allow_abbrev", False)
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]


Subparsers: TypeAlias = "argparse._SubParsersAction[Parser]"
Namespace = argparse.Namespace
REMAINDER = argparse.REMAINDER


class Command(NamedTuple):
    name: str
    module: str  #: within hongyan.faces.cli
    summary: str
    needs_database: bool = False


COMMANDS = (
    Command("up", "up", "set up what is missing, start, wait until ready"),
    Command("status", "processes", "what runs, on which ports, and what needs attention"),
    Command("down", "processes", "stop all of this instance and wait until it is gone"),
    Command("logs", "processes", "read the services' logs"),
    Command("service", "service", "run this instance under systemd"),
    Command("company", "companies", "companies (tenants)", needs_database=True),
    Command("domain", "companies", "mail domains", needs_database=True),
    Command("unit", "companies", "the company's tree", needs_database=True),
    Command(
        "person", "companies", "members of staff: add, show, posts, leave, loans, left, return", needs_database=True
    ),
    Command("people", "people", "the staff by spreadsheet: import, export, template, undo", needs_database=True),
    Command("leaving", "leaving", "who leaves: checklist, hand-over, what becomes of the mail", needs_database=True),
    Command("mailbox", "mailboxes", "open, look, suspend, rename, resize, close", needs_database=True),
    Command("request", "requests", "requests and approvals: file, decide, chains, ready policies", needs_database=True),
    Command("alias", "routing", "other addresses for mailboxes and groups", needs_database=True),
    Command("group", "routing", "distribution groups and who may write to them", needs_database=True),
    Command("permit", "permits", "write outside, forward outside, large mail, closed groups", needs_database=True),
    Command("profile", "profiles", "what a post brings and takes back", needs_database=True),
    Command("policy", "policy", "the written policy: publish, editions, who has read it", needs_database=True),
    Command("queue", "queue", "mail that waits: list, show, retry, delete", needs_database=True),
    Command("notice", "notices", "mails to people: wording, quiet hours, daily mail", needs_database=True),
    Command("paper", "papers", "kept papers: list, save as PDF, verify a file", needs_database=True),
    Command("role", "roles", "who holds which role: grant, revoke, explain, separate", needs_database=True),
    Command("token", "tokens", "keys with which programs use the API", needs_database=True),
    Command("webhook", "webhooks", "events told to other programs", needs_database=True),
    Command("release", "releases", "what the engines read: list, diff, rollback, drift", needs_database=True),
    Command("search", "search", "find by name, pinyin, initials, address, number", needs_database=True),
    Command("audit", "audit", "what happened, and the proof that it is whole", needs_database=True),
    Command("clauses", "clauses", "the register of clauses: how each holds, where, which tests"),
    Command("certificate", "certificate", "the server certificate: own, or of a public authority", needs_database=True),
    Command("dns", "dns", "the DNS records to publish for a domain", needs_database=True),
    Command("completion", "completion", "a completion script for bash or zsh"),
    Command("test", "testing", "run every check and test of the project"),
    Command("bench", "testing", "measure: prints a table, writes var/bench/NAME.json"),
)


def find(name: str) -> Command | None:
    return next((command for command in COMMANDS if command.name == name), None)
