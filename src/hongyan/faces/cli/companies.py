"""`company`, `domain`, `unit`, `person`: who there is."""

from __future__ import annotations

from hongyan.company.people import actions, queries
from hongyan.faces.cli import company_settings, life, lives
from hongyan.faces.cli.context import actor, company_named, parse_date, wait_for_release
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.registry import Namespace, Subparsers

LOCALES = ("zh-Hant", "zh-Hans", "en")


def register(sub: Subparsers) -> None:
    company = sub.add_parser("company", help="companies (tenants)").add_subparsers(metavar="ACTION", required=True)
    add = company.add_parser("add", help="a new company")
    add.add_argument("slug", metavar="SLUG")
    add.add_argument("--name", required=True)
    add.add_argument("--locale", choices=LOCALES, default="zh-Hant")
    add.set_defaults(run=run_company_add)
    company.add_parser("list", help="all companies").set_defaults(run=run_company_list)
    company_settings.register_company(company)
    life.register_company(company)
    lives.register_company(company)

    domain = sub.add_parser("domain", help="mail domains").add_subparsers(metavar="ACTION", required=True)
    add = domain.add_parser("add", help="a new domain, with its DKIM key")
    add.add_argument("domain", metavar="DOMAIN")
    add.add_argument("--company", metavar="SLUG")
    add.add_argument("--alias-of", metavar="DOMAIN", help="mirror every address of that domain")
    add.set_defaults(run=run_domain_add)
    domain.add_parser("list", help="all domains").set_defaults(run=run_domain_list)
    company_settings.register_domain(domain)

    unit = sub.add_parser("unit", help="the company's tree").add_subparsers(metavar="ACTION", required=True)
    add = unit.add_parser("add", help="a unit, with those above it that are missing")
    add.add_argument("path", metavar="PATH", help="總公司/信息部/網絡處")
    add.add_argument("--company", metavar="SLUG")
    add.set_defaults(run=run_unit_add)
    lives.register_unit(unit)

    person = sub.add_parser("person", help="members of staff").add_subparsers(metavar="ACTION", required=True)
    add = person.add_parser("add", help="a person, with a first post")
    add.add_argument("--company", metavar="SLUG")
    add.add_argument("--name", required=True)
    add.add_argument("--unit", metavar="PATH")
    add.add_argument("--post", default="")
    add.add_argument("--head", action="store_true", help="head of the unit")
    add.add_argument("--number", default="", help="staff number")
    add.add_argument("--locale", choices=LOCALES, default="")
    add.add_argument("--latin-name", default="")
    add.add_argument("--phone", default="")
    add.add_argument("--mobile", default="")
    add.add_argument("--identity-number", default="", help="kept for the password rules alone")
    add.add_argument("--card-number", default="", help="kept for the password rules alone")
    add.add_argument("--birthday", metavar="DATE")
    add.add_argument("--deputy", action="store_true", help="deputy head of the unit")
    add.add_argument("--grade", type=int, default=0, help="0: none; higher is more senior")
    add.add_argument("--joined", metavar="DATE", help="the first day")
    add.set_defaults(run=run_person_add)
    lives.register_person(person)


def run_company_add(args: Namespace, out: Output) -> None:
    company = actions.add_company(actor=actor(), slug=args.slug, name=args.name, locale=args.locale)
    wait_for_release(out)
    out.result({"slug": company.slug, "name": company.name}, f"{company.slug}  {company.name}")


def run_company_list(args: Namespace, out: Output) -> None:
    rows = [{"slug": c.slug, "name": c.name, "locale": c.locale} for c in queries.list_companies()]
    out.result(rows, lambda: table([(r["slug"], r["name"], r["locale"]) for r in rows]))


def run_domain_add(args: Namespace, out: Output) -> None:
    company = company_named(args.company)
    alias_of = queries.find_domain(args.alias_of) if args.alias_of else None
    domain = actions.add_domain(actor=actor(), company=company, name=args.domain, alias_of=alias_of)
    wait_for_release(out)
    document = {"domain": domain.name, "company": company.slug, "selector": domain.selector}
    out.result(document, f"{domain.name}  ({company.slug})")


def run_domain_list(args: Namespace, out: Output) -> None:
    rows = [
        {"domain": d.name, "company": c.slug, "alias_of": d.alias_of.name if d.alias_of else ""}
        for c in queries.list_companies()
        for d in queries.list_domains(c)
    ]
    out.result(rows, lambda: table([(r["domain"], r["company"], r["alias_of"]) for r in rows]))


def run_unit_add(args: Namespace, out: Output) -> None:
    unit = actions.add_unit(actor=actor(), company=company_named(args.company), path=args.path)
    out.result({"id": unit.pk, "path": unit.path}, unit.path)


def run_person_add(args: Namespace, out: Output) -> None:
    company = company_named(args.company)
    person = actions.add_person(
        actor=actor(),
        company=company,
        name=args.name,
        number=args.number,
        locale=args.locale,
        unit=queries.find_unit(company, args.unit) if args.unit else None,
        post=args.post,
        head=args.head,
        latin_name=args.latin_name,
        phone=args.phone,
        mobile=args.mobile,
        identity_number=args.identity_number,
        card_number=args.card_number,
        birthday=parse_date(args.birthday),
        joined_on=parse_date(args.joined),
        deputy=args.deputy,
        grade=args.grade,
    )
    out.result({"id": person.pk, "name": person.name, "company": company.slug}, f"{person.pk}  {person.name}")
