"""`company set`, `company show`, `domain default`, `domain remove`: a company's settings and its domains."""

from __future__ import annotations

from typing import Any

from hongyan.company.people import domains, queries
from hongyan.company.people.models import Company
from hongyan.company.people.settings import SETTINGS, TEXTS, change_settings
from hongyan.faces.cli.context import actor, parse_size, wait_for_release
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.registry import Namespace, Subparsers
from hongyan.kernel.address import parse_domain
from hongyan.kernel.decision import Refusal

#: option -> (setting, what it is, whether it is a size)
OPTIONS = {
    "--quota": ("quota_mb", "size of a mailbox: 5GB, 500MB", True),
    "--hourly-limit": ("hourly_limit", "recipients an hour", False),
    "--max-message": ("max_message_mb", "size of a message: 25MB", True),
    "--junk-days": ("junk_days", "days that Junk keeps mail", False),
    "--trash-days": ("trash_days", "days that Trash keeps mail", False),
    "--rename-keep-days": ("rename_keep_days", "days that a former name still delivers; 0: for good", False),
    "--password-min": ("password_min_length", "shortest password", False),
    "--password-max": ("password_max_length", "longest password", False),
    "--password-max-age": ("password_max_age_days", "days after which a password is changed; 0: never", False),
    "--name": ("name", "the company's name", False),
    "--locale": ("locale", "zh-Hant, zh-Hans or en", False),
}


def register_company(company: Subparsers) -> None:
    change = company.add_parser("set", help="change a company's settings")
    change.add_argument("slug", metavar="SLUG")
    for option, (name, what, size) in OPTIONS.items():
        change.add_argument(option, dest=name, metavar="SIZE" if size else "VALUE", help=what)
    change.add_argument(
        "--postmaster", action="append", metavar="ADDRESS",
        help="who gets mail for postmaster@ and abuse@ (again for more); `default`: the office",
    )  # fmt: skip
    change.set_defaults(run=run_set)
    show = company.add_parser("show", help="a company with its settings")
    show.add_argument("slug", metavar="SLUG")
    show.set_defaults(run=run_show)


def register_domain(domain: Subparsers) -> None:
    for name, summary, run in (
        ("default", "new addresses get this domain", run_domain_default),
        ("remove", "end an empty domain", run_domain_remove),
    ):
        parser = domain.add_parser(name, help=summary)
        parser.add_argument("domain", metavar="DOMAIN")
        parser.set_defaults(run=run)


def run_set(args: Namespace, out: Output) -> None:
    company = queries.find_company(args.slug)
    changes: dict[str, Any] = {
        name: parse_size(given) if size else _number(given) if name in SETTINGS else given
        for name, _, size in OPTIONS.values()
        if (given := getattr(args, name)) is not None
    }
    if args.postmaster is not None:
        changes["postmaster"] = [] if args.postmaster == ["default"] else args.postmaster
    if not changes:
        raise Refusal("setting.none_given", known=list(OPTIONS))
    changed = change_settings(actor=actor(), company=company, changes=changes)
    wait_for_release(out)
    document = {name: {"before": before, "after": after} for name, (before, after) in changed.items()}
    out.result(
        {"slug": company.slug, "changed": document},
        lambda: table([(name, f"{before} -> {after}") for name, (before, after) in changed.items()]) or out.say("setting.same"),
    )  # fmt: skip


def _number(text: str) -> Any:
    """The number, or the text as it was typed: the action says what is wrong with it."""
    return int(text) if text.isascii() and text.isdigit() else text


def settings_of(company: Company) -> dict[str, Any]:
    return {name: getattr(company, name) for name in (*TEXTS, *SETTINGS)}


def run_show(args: Namespace, out: Output) -> None:
    company = queries.find_company(args.slug)
    main = domains.default_domain(company)
    document = {
        "slug": company.slug, **settings_of(company), "default_domain": main.name if main else "",
        "domains": [d.name for d in queries.list_domains(company)],
    }  # fmt: skip
    out.result(
        document, lambda: table([(k, ", ".join(v) if isinstance(v, list) else str(v)) for k, v in document.items()])
    )


def run_domain_default(args: Namespace, out: Output) -> None:
    domain = queries.find_domain(parse_domain(args.domain))
    domains.set_default_domain(actor=actor(), domain=domain)
    out.result({"domain": domain.name, "company": domain.company.slug}, f"{domain.name}  ({domain.company.slug})")


def run_domain_remove(args: Namespace, out: Output) -> None:
    domain = queries.find_domain(parse_domain(args.domain))
    domains.remove_domain(actor=actor(), domain=domain)
    wait_for_release(out)
    out.result({"domain": domain.name, "removed": True}, domain.name)
