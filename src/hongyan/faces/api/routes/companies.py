"""Companies, domains, units."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpResponse
from ninja import Router

from hongyan.company.dns.queries import records_of
from hongyan.company.dns.records import zone_line
from hongyan.company.finder.queries import find
from hongyan.company.people import actions, domains, models, queries, units
from hongyan.company.people.scope import units_within
from hongyan.company.people.settings import change_settings
from hongyan.faces.api.asking import Asking, company_of, sees, this_instance
from hongyan.faces.api.paging import page_of
from hongyan.faces.api.routes.common import DEFAULT, Company, Cursor, Limit, Page, Text, addressed, created
from hongyan.faces.api.schemas import people as shapes
from hongyan.kernel import address as addresses
from hongyan.kernel.decision import Decision, Refusal
from hongyan.kernel.wording import say

router = Router()


# -- companies -----------------------------------------------------------------------------------------------
def company_named(request: Asking, slug: str) -> models.Company:
    with addressed():
        if not sees(request.actor, slug):
            raise Refusal("company.unknown", slug=slug)
        return queries.find_company(slug)


@router.get("companies", response=shapes.CompanyPage, tags=["Companies"], summary="List companies")
def list_companies(request: Asking, response: HttpResponse, limit: Limit = DEFAULT, cursor: Cursor = None) -> object:
    rows = models.Company.objects.all()
    if all(grant.company for grant in request.actor.grants):
        rows = rows.filter(slug__in=[grant.company for grant in request.actor.grants])
    return page_of(request, response, rows, Page(limit, cursor), list, by="slug")


@router.post("companies", response={201: shapes.Company}, tags=["Companies"], summary="Add a company")
def add_company(request: Asking, response: HttpResponse, body: shapes.AddCompany) -> object:
    company = actions.add_company(actor=request.actor, slug=body.slug, name=body.name, locale=body.locale)
    created(response, f"companies/{company.slug}")
    return company


@router.get("companies/{slug}", response=shapes.Company, tags=["Companies"], summary="Show a company and its settings")
def show_company(request: Asking, slug: str) -> object:
    return company_named(request, slug)


@router.patch("companies/{slug}", response=shapes.Company, tags=["Companies"], summary="Change a company's settings")
def change_company(request: Asking, slug: str, body: shapes.ChangeCompany) -> object:
    company = company_named(request, slug)
    changes = {name: value for name, value in body.dict(exclude_unset=True).items() if value is not None}
    change_settings(actor=request.actor, company=company, changes=changes)
    return company


# -- domains -------------------------------------------------------------------------------------------------
def _domain(request: Asking, name: str) -> models.Domain:
    with addressed():
        domain = queries.find_domain(addresses.parse_domain(name))
        if not sees(request.actor, domain.company.slug):
            raise Refusal("domain.unknown", domain=name)
        return domain


def _shown_domain(domain: models.Domain) -> shapes.Domain:
    return shapes.Domain(
        name=domain.name, company=domain.company.slug, alias_of=domain.alias_of.name if domain.alias_of else None,
        selector=domain.selector, created_at=domain.created_at,
    )  # fmt: skip


@router.get("domains", response=shapes.DomainPage, tags=["Domains"], summary="List a company's domains")
def list_domains(
    request: Asking, response: HttpResponse, company: Company = None, limit: Limit = DEFAULT, cursor: Cursor = None
) -> object:
    rows = models.Domain.objects.select_related("company", "alias_of").filter(
        company=company_of(request, company, "health.read")
    )
    return page_of(
        request, response, rows, Page(limit, cursor), lambda found: [_shown_domain(d) for d in found], by="name"
    )


@router.post("domains", response={201: shapes.Domain}, tags=["Domains"], summary="Add a domain, with its DKIM key")
def add_domain(request: Asking, response: HttpResponse, body: shapes.AddDomain) -> object:
    company = company_of(request, body.company, "company.write")
    alias_of = None
    if body.alias_of:
        alias_of = queries.find_domain(addresses.parse_domain(body.alias_of))
        if alias_of.company_id != company.pk:
            raise Refusal("domain.unknown", domain=body.alias_of)
    domain = actions.add_domain(actor=request.actor, company=company, name=body.name, alias_of=alias_of)
    created(response, f"domains/{domain.name}")
    return _shown_domain(domain)


@router.get("domains/{name}", response=shapes.Domain, tags=["Domains"], summary="Show a domain")
def show_domain(request: Asking, name: str) -> object:
    domain = _domain(request, name)
    request.actor.require_somewhere("health.read", domain.company.slug)
    return _shown_domain(domain)


@router.get("domains/{name}/dns", response=shapes.DnsRecords, tags=["Domains"], summary="The DNS records to publish")
def list_dns_records(request: Asking, name: str) -> object:
    domain = _domain(request, name)
    request.actor.require_somewhere("health.read", domain.company.slug)
    records = records_of(domain, this_instance())
    return {
        "domain": domain.name,
        "records": [
            {
                "name": r.name,
                "type": r.type,
                "value": r.value,
                "need": r.need,
                "why": say(Decision(r.why), request.locale),
            }
            for r in records
        ],
        "zone": "\n".join(zone_line(r) for r in records),
    }


@router.post(
    "domains/{name}/default", response=shapes.Domain, tags=["Domains"], summary="New addresses get this domain"
)
def set_default_domain(request: Asking, name: str) -> object:
    domain = _domain(request, name)
    domains.set_default_domain(actor=request.actor, domain=domain)
    return _shown_domain(domain)


@router.delete("domains/{name}", response={204: None}, tags=["Domains"], summary="Remove a domain without addresses")
def remove_domain(request: Asking, name: str) -> None:
    domains.remove_domain(actor=request.actor, domain=_domain(request, name))


# -- units ---------------------------------------------------------------------------------------------------
def _shown_unit(unit: models.Unit) -> shapes.Unit:
    return shapes.Unit(
        id=unit.pk, company=unit.company.slug, path=unit.path, name=unit.name, parent=unit.parent_id,
        branch=unit.branch,
    )  # fmt: skip


@router.get("units", response=shapes.UnitPage, tags=["Units"], summary="List the company's tree, in its order")
def list_units(
    request: Asking, response: HttpResponse, company: Company = None, limit: Limit = DEFAULT, cursor: Cursor = None
) -> object:
    rows = units_within(request.actor, "people.read", company_of(request, company, "people.read"))
    return page_of(
        request, response, rows.select_related("company"), Page(limit, cursor),
        lambda found: [_shown_unit(u) for u in found], by="path",
    )  # fmt: skip


@router.post("units", response={201: shapes.Unit}, tags=["Units"], summary="Add a unit, and those above it")
def add_unit(request: Asking, response: HttpResponse, body: shapes.AddUnit) -> object:
    company = company_of(request, body.company, "people.write")
    unit = actions.add_unit(actor=request.actor, company=company, path=body.path)
    created(response, f"units/{unit.pk}")
    return _shown_unit(unit)


def unit_named(request: Asking, number: int) -> models.Unit:
    unit = models.Unit.objects.select_related("company", "parent").filter(pk=number).first()
    with addressed():
        if unit is None or not request.actor.may("people.read", unit.company.slug, [unit.path]):
            raise Refusal("unit.unknown", path=str(number))
    return unit


@router.get("units/{int:number}", response=shapes.Unit, tags=["Units"], summary="Show a unit")
def show_unit(request: Asking, number: int) -> object:
    return _shown_unit(unit_named(request, number))


@router.patch(
    "units/{int:number}", response=shapes.Unit, tags=["Units"], summary="Rename or move a unit, or make it a branch"
)
def change_unit(request: Asking, number: int, body: shapes.ChangeUnit) -> object:
    unit, given = unit_named(request, number), body.dict(exclude_unset=True)
    with transaction.atomic():
        if body.name is not None:
            unit = units.rename_unit(actor=request.actor, unit=unit, name=body.name)
        if "parent" in given:
            parent = queries.find_unit(unit.company, body.parent) if body.parent else None
            unit = units.move_unit(actor=request.actor, unit=unit, parent=parent)
        if body.branch is not None:
            units.set_branch(actor=request.actor, unit=unit, on=body.branch)
            unit.branch = body.branch
    return _shown_unit(unit)


@router.delete("units/{int:number}", response={204: None}, tags=["Units"], summary="Remove an empty unit")
def remove_unit(request: Asking, number: int) -> None:
    units.remove_unit(actor=request.actor, unit=unit_named(request, number))


# -- search --------------------------------------------------------------------------------------------------
@router.get(
    "search", response=shapes.Found, tags=["Search"], summary="Find anything by name, pinyin, initials, address, number"
)
def search(request: Asking, q: Text, company: Company = None) -> object:
    hits = find(request.actor, company_of(request, company, "people.read"), q)
    return {"items": [{"kind": h.kind, "key": h.key, "title": h.title, "detail": h.detail} for h in hits]}
