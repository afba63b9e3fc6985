"""Opening mailboxes: one, with its first password, or many at once."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpResponse
from ninja import Router

from hongyan.company.mailboxes import actions
from hongyan.company.mailboxes.models import PERSONAL_KINDS
from hongyan.company.people.models import Company, Person
from hongyan.company.people.queries import find_domain, find_unit
from hongyan.faces.api.asking import Asking, company_of, sees
from hongyan.faces.api.routes import mailboxes
from hongyan.faces.api.routes.common import created
from hongyan.faces.api.routes.mailboxes import activation_url, whole
from hongyan.faces.api.schemas import mailboxes as shapes
from hongyan.kernel import address as addresses
from hongyan.kernel.actor import Permission
from hongyan.kernel.decision import Decision, Refusal

#: Stands before the mailboxes' own: `bulk` is no address.
router = Router(tags=["Mailboxes"])


def company_by(request: Asking, address: str, permission: Permission = "mailbox.write") -> Company:
    """The company whose domain the address has; another company's domain is as unknown as none."""
    name = addresses.domain_of(addresses.parse(address))
    company = find_domain(name).company
    if not sees(request.actor, company.slug):
        raise Refusal("domain.unknown", domain=name)
    request.actor.require_somewhere(permission, company.slug)
    return company


@mailboxes.router.post("mailboxes", response={201: shapes.OpenedMailbox}, summary="Open a mailbox")
def open_mailbox(request: Asking, response: HttpResponse, body: shapes.OpenMailbox) -> object:
    company = company_by(request, body.address)
    new, told = _new(company, body, _persons(company, [body])), dict[str, str]()
    with transaction.atomic():
        if body.password is not None or (body.start == "first_password" and body.kind in PERSONAL_KINDS):
            mailbox, first = actions.open_with_password(
                actor=request.actor, company=company, new=new, password=body.password
            )
            if first:
                told["first_password"] = first
        else:
            mailbox = actions.open_mailbox(actor=request.actor, company=company, new=new)
            if body.start == "activation" and body.kind in PERSONAL_KINDS:
                told["activation_url"] = activation_url(request, mailbox)
    created(response, f"mailboxes/{mailbox.address}")
    return whole(mailbox) | told


@router.post("mailboxes/bulk", response={201: shapes.OpenedMailboxes}, summary="Open up to 1000 mailboxes")
def open_mailboxes(request: Asking, body: shapes.OpenMailboxes) -> object:
    company = company_of(request, body.company, "mailbox.write")
    persons = _persons(company, body.mailboxes)
    try:
        with transaction.atomic():
            new = [_new(company, each, persons) for each in body.mailboxes]
            opened = actions.open_mailboxes(actor=request.actor, company=company, new=new)
            links = [activation_url(request, m) if body.activation else None for m in opened]
    except Refusal as refusal:
        raise _pointed(refusal, body) from None
    items = [{"address": m.address, "activation_url": link} for m, link in zip(opened, links, strict=True)]
    return {"opened": len(items), "items": items}


def _pointed(refusal: Refusal, body: shapes.OpenMailboxes) -> Refusal:
    """With the rows that it is about, where it names their address."""
    about = refusal.decision.params.get("address")
    rows = [n for n, each in enumerate(body.mailboxes) if about and each.address.strip().lower() == about]
    said = refusal.decision
    reasons = tuple(
        Decision(said.code, {**said.params, "pointer": f"/mailboxes/{n}/address"}, said.clause) for n in rows
    )
    return Refusal(said.code, clause=said.clause, reasons=refusal.reasons or reasons, **said.params)


def _persons(company: Company, rows: list[shapes.OpenMailbox] | list[shapes.NewMailbox]) -> dict[int, Person]:
    wanted = sorted({key for row in rows for key in (row.person, row.keeper) if key is not None})
    found: dict[int, Person] = {}
    for start in range(0, len(wanted), 500):
        found |= Person.objects.filter(company=company).in_bulk(wanted[start : start + 500])
    return found


def _new(company: Company, body: shapes.NewMailbox, persons: dict[int, Person]) -> actions.NewMailbox:
    for key in (body.person, body.keeper):
        if key is not None and key not in persons:
            raise Refusal("person.unknown", person=key)
    return actions.NewMailbox(
        address=body.address, kind=body.kind, person=persons.get(body.person or 0),
        keeper=persons.get(body.keeper or 0), display_name=body.name, quota_mb=body.quota_mb,
        expires_on=body.expires_on, unit=find_unit(company, body.unit) if body.unit else None,
    )  # fmt: skip
