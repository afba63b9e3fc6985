"""Who uses a shared, section or project mailbox."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpResponse
from ninja import Router

from hongyan.company.mailboxes import members, models, queries
from hongyan.company.people.queries import find_person
from hongyan.faces.api.asking import Asking
from hongyan.faces.api.routes.common import addressed, created
from hongyan.faces.api.schemas import mailboxes as shapes
from hongyan.kernel import address as addresses

router = Router(tags=["Shared mailboxes"])


def _shared(request: Asking, address: str) -> models.Mailbox:
    with addressed():
        return members.find_shared(addresses.parse(address), request.actor)


def _all(mailbox: models.Mailbox) -> object:
    return {"items": [asdict(view) for view in members.list_members(mailbox)]}


@router.get("mailboxes/{address}/members", response=shapes.SharedMembers, summary="List its keeper and members")
def list_shared_members(request: Asking, address: str) -> object:
    return _all(_shared(request, address))


@router.post("mailboxes/{address}/members", response={201: shapes.SharedMembers}, summary="Add a member")
def add_shared_member(request: Asking, response: HttpResponse, address: str, body: shapes.AddSharedMember) -> object:
    mailbox = _shared(request, address)
    member = queries.find_mailbox(addresses.parse(body.address), request.actor)
    members.add_member(actor=request.actor, mailbox=mailbox, member=member, rights=body.rights)
    created(response, f"mailboxes/{mailbox.address}/members")
    return _all(mailbox)


@router.put("mailboxes/{address}/members/{member}", response=shapes.SharedMembers, summary="Change a member's rights")
def change_shared_member(request: Asking, address: str, member: str, body: shapes.ChangeRights) -> object:
    mailbox = _shared(request, address)
    with addressed():
        found = queries.find_mailbox(addresses.parse(member), request.actor)
    members.change_rights(actor=request.actor, mailbox=mailbox, member=found, rights=body.rights)
    return _all(mailbox)


@router.delete("mailboxes/{address}/members/{member}", response={204: None}, summary="Remove a member")
def remove_shared_member(request: Asking, address: str, member: str) -> None:
    mailbox = _shared(request, address)
    with addressed():
        found = queries.find_mailbox(addresses.parse(member), request.actor)
    members.remove_member(actor=request.actor, mailbox=mailbox, member=found)


@router.put("mailboxes/{address}/keeper", response=shapes.SharedMembers, summary="Name another keeper")
def change_keeper(request: Asking, address: str, body: shapes.ChangeKeeper) -> object:
    mailbox = _shared(request, address)
    keeper = find_person(mailbox.company, body.person)
    members.change_keeper(actor=request.actor, mailbox=mailbox, keeper=keeper)
    return _all(mailbox)
