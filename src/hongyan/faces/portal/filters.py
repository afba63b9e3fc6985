"""'My rules': which filter rules run in one's own mailbox, where they forward to, and the button that ends them."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from hongyan.company.people.queries import list_domains
from hongyan.engines.desk import rules
from hongyan.faces.portal.mailbox import own_mailbox
from hongyan.faces.web.pages import SeeOther, page, signed_in
from hongyan.faces.web.requests import Request


@signed_in
def show(request: Request) -> HttpResponse:
    mailbox = own_mailbox(request)
    instance = settings.INSTANCE
    found = rules.own_rules(actor=request.actor, instance=instance, mailbox=mailbox) if instance is not None else None
    inside = {domain.name for domain in list_domains(mailbox.company)}
    values = {
        "rules": found, "mailbox": mailbox,
        "forwards": [(each, each.rpartition("@")[2] not in inside) for each in found.forwards] if found else [],
        "done": _("No rule runs any more. Mail stays in your inbox.") if request.GET.get("did") == "off" else "",
    }  # fmt: skip
    return page(request, "portal/filters.html", values)


@require_POST
@signed_in
def switch_off(request: Request) -> HttpResponse:
    rules.switch_off_rules(actor=request.actor, mailbox=own_mailbox(request))
    return SeeOther(reverse("mailbox-rules") + "?did=off")
