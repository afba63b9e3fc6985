"""How to set up a mail program, with one's own data filled in.

Always: for the signed-in owner of a mailbox. An app password made here is in this one answer and nowhere else (clause
P10); no address, QR code or profile ever holds one.
"""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST

from hongyan.company.dns.host import own_authority
from hongyan.company.mailboxes import actions
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.mailboxes.queries import mailbox_of, view
from hongyan.faces.setup.offer import best
from hongyan.faces.setup.programs import PROGRAMS, Field, Program
from hongyan.faces.web.pages import page, signed_in
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import Instance

#: What a mail program needs; filter rules and POP3 are chosen on the page of the devices.
PROTOCOLS: Final = ["imap", "smtp"]
_SECURITY: Final = {"tls": "SSL/TLS", "starttls": "STARTTLS"}
_STANDARD: Final = {"imap": 993, "smtp": 465}
HIDDEN: Final = "••••••••"


@signed_in
def index(request: Request) -> HttpResponse:
    mailbox, instance = _own(request)
    return page(request, "setup/index.html", _common(mailbox, instance) | {"qr": _qr(reverse("setup"), instance)})


@signed_in
def show(request: Request, program: str) -> HttpResponse:
    mailbox, instance = _own(request)
    return page(request, "setup/program.html", _values(_named(program), mailbox, instance))


@require_POST
@signed_in
def make_password(request: Request, program: str) -> HttpResponse:
    (mailbox, instance), chosen = _own(request), _named(program)
    name = request.POST.get("device", "")
    try:
        _, password = actions.add_app_password(actor=request.actor, mailbox=mailbox, device=name, protocols=PROTOCOLS)
    except Refusal as refusal:
        values = _values(chosen, mailbox, instance) | {"refusal": refusal.decision, "device_name": name}
        return page(request, "setup/program.html", values, status=422)
    return page(request, "setup/program.html", _values(chosen, mailbox, instance, password))


@signed_in
def authority(request: Request) -> HttpResponse:
    """The certificate of the instance's own authority, where it is the one that is served with."""
    _, instance = _own(request)
    if not own_authority(instance):
        raise Http404
    return HttpResponse(
        instance.ca_pem.read_bytes(),
        content_type="application/x-x509-ca-cert",
        headers={"Content-Disposition": 'attachment; filename="authority.crt"'},
    )


def _own(request: Request) -> tuple[Mailbox, Instance]:
    mailbox, instance = mailbox_of(request.account), settings.INSTANCE
    if mailbox is None or instance is None:
        raise Http404
    return mailbox, instance


def _named(slug: str) -> Program:
    for program in PROGRAMS:
        if program.slug == slug:
            return program
    raise Http404


# -- what stands on the pages ------------------------------------------------------------------------------------
def _common(mailbox: Mailbox, instance: Instance) -> dict[str, Any]:
    filled = person(mailbox, instance)
    return {
        "programs": PROGRAMS,
        "person": filled,
        "whole": all(filled.get(f"{protocol}_host") for protocol in PROTOCOLS),
        "own_authority": own_authority(instance),
        "alone": reaches_nobody(instance),
    }


def _values(program: Program, mailbox: Mailbox, instance: Instance, password: str = "") -> dict[str, Any]:
    common = _common(mailbox, instance)
    here = reverse("setup-program", args=[program.slug])
    return common | {
        "program": program,
        "ways": [
            {
                "title": way.title,
                "steps": [
                    {
                        "text": step.text,
                        "download": step.download,
                        "dialog": step.dialog,
                        "fields": [_filled(f, common["person"], password) for f in step.dialog.fields]
                        if step.dialog
                        else [],
                    }
                    for step in way.steps
                ],
            }
            for way in program.ways
        ],
        "password": password,
        "device_name": str(program.device),
        "qr": _qr(here, instance) if program.on_phone else "",
    }


def _filled(field: Field, values: dict[str, str], password: str) -> dict[str, Any]:
    secret = field.value == "password"
    value = (password or HIDDEN) if secret else values.get(field.value, "") or field.fixed
    return {
        "label": field.label,
        "kind": field.kind,
        "value": value,
        "copies": bool(field.value) and field.kind == "text" and (bool(password) or not secret),
        "secret": secret,
    }


def person(mailbox: Mailbox, instance: Instance) -> dict[str, str]:
    """The values that dialogs are filled with, by the names that programs.py uses."""
    values = {
        "address": mailbox.address,
        "name": view(mailbox).name or mailbox.address,
        "company": mailbox.company.name,
    }
    for protocol in ("imap", "pop3", "smtp"):
        service = best(instance, protocol)
        if service is None:
            continue
        usual = service.port == _STANDARD.get(protocol)
        values |= {
            f"{protocol}_host": service.host,
            f"{protocol}_port": str(service.port),
            f"{protocol}_security": _SECURITY[service.security],
            # Apple's dialogs have one field for both and know the usual port by themselves.
            f"{protocol}_place": service.host if usual else f"{service.host}:{service.port}",
        }
    return values


def reaches_nobody(instance: Instance) -> bool:
    """An instance on loopback, for trying: a phone cannot reach it."""
    return instance.listen == "127.0.0.1" and not instance.web_origin


def _qr(path: str, instance: Instance) -> SafeString | str:
    """The page's address for a phone's camera, as an inline picture of two paths. Holds nothing but the address."""
    if reaches_nobody(instance):
        return ""
    import segno  # small, but only for these pages

    code = segno.make(settings.WEB_URL + path, error="m", micro=False)
    return mark_safe(code.svg_inline(border=3, dark="#000", light="#fff", omitsize=True))  # noqa: S308 - made of numbers
