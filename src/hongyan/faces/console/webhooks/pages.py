"""The company's webhooks, and the page of one: its state, its last messages, what can be done with it."""

from __future__ import annotations

from typing import Final

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from hongyan.company.people.models import Company
from hongyan.company.webhooks import actions, queries
from hongyan.company.webhooks.models import Webhook
from hongyan.faces.console.access import console_page
from hongyan.faces.console.companies import current_company
from hongyan.faces.console.events import KINDS
from hongyan.faces.console.lists import Button, Column, Filter, List, Scope, answer
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Decision, Refusal

SHOWN: Final = 30
NOTICES: Final = {
    "removed": _("The webhook is removed."),
    "tested": _("A message is on its way. Look again in a moment."),
    "disabled": _("The webhook is switched off."),
    "enabled": _("The webhook is switched on."),
    "resent": _("The message is sent again."),
}
STATES: Final = {
    "active": (_("Active"), "good"),
    "failing": (_("Does not arrive"), "warn"),
    "disabled": (_("Switched off"), "plain"),
}
DELIVERED: Final = {
    "waiting": (_("Waiting"), "warn"), "delivered": (_("Delivered"), "good"), "failed": (_("Given up"), "bad"),
}  # fmt: skip
#: What the form offers; any other kind can be typed.
OFFERED: Final = (
    ("mailbox.*", _("Mailboxes")), ("person.*", _("People")), ("unit.*", _("Units")), ("group.*", _("Groups")),
    ("alias.*", _("Aliases")), ("domain.*", _("Domains")), ("role.*", _("Roles")), ("password.*", _("Passwords")),
    ("device.*", _("App passwords")),
)  # fmt: skip
OFFERED_TO_AUDITORS: Final = (("signin.*", _("Sign-ins")), ("mail.*", _("Mail")), ("*", _("Everything")))


def rows(scope: Scope) -> QuerySet[Webhook]:
    return queries.webhooks_within(scope.actor, scope.company)


def shown_state(webhook: Webhook) -> object:
    """The word; the cell's template finds its tone beside it."""
    word, tone = STATES[queries.state_of(webhook)]
    setattr(webhook, "tone", tone)  # noqa: B010 - it is no column
    return word


def by_state(found: QuerySet[Webhook], value: str, scope: Scope) -> QuerySet[Webhook]:
    if value == "disabled":
        return found.filter(disabled_at__isnull=False)
    return found.filter(disabled_at__isnull=True, failing_since__isnull=value == "active")


WEBHOOKS: List[Webhook] = List(
    key="webhooks",
    title=_("Webhooks"),
    permission="settings.write",
    rows=rows,
    label="name",
    order="name",
    columns=(
        Column("name", _("What it is for"), lambda w: w.name, sort="name", link=lambda w: page_of(w)),
        Column("state", _("State"), lambda w: shown_state(w), template="console/tokens/state.html"),
        Column("url", _("URL"), lambda w: w.url, sort="url", template="console/webhooks/url.html"),
        Column("kinds", _("Events"), lambda w: w.kinds),
        Column("by", _("Made by"), lambda w: w.made_by, shown=False),
        Column("made", _("Made"), lambda w: w.created_at, sort="created_at", shown=False),
    ),
    search=lambda found, text, scope: found.filter(name__icontains=text) | found.filter(url__icontains=text),
    search_hint=_("Use or URL"),
    filters=(Filter("state", _("State"), tuple((key, word) for key, (word, _tone) in STATES.items()), by_state),),
    explain=_("Another program is told of the company's events as they happen, by a signed message to its address."),
    empty=_("No program is told of anything yet."),
)


def page_of(webhook: Webhook) -> str:
    return reverse("webhook", args=[webhook.pk])


@console_page("settings.write")
def show(request: Request) -> HttpResponse:
    buttons = [Button(_("New webhook"), reverse("webhook-add"))]
    return answer(request, WEBHOOKS, {"buttons": buttons, "notice": NOTICES.get(request.GET.get("said", ""))})


@console_page("settings.write")
def add(request: Request) -> HttpResponse:
    company = current_company(request, "settings.write")
    if request.method != "POST":
        return _form(request, company)
    form = request.POST
    kinds = [*form.getlist("kind"), *form.get("more", "").replace(",", " ").split()]
    try:
        webhook, secret = actions.add_webhook(
            actor=request.actor,
            company=company,
            name=form.get("name", ""),
            url=form.get("url", "").strip(),
            kinds=kinds,
        )
    except Refusal as refusal:
        return _form(request, company, refusal.decision)
    return _one(request, webhook, secret=secret)


def _form(request: Request, company: Company, refusal: Decision | None = None) -> HttpResponse:
    audits = request.actor.may("audit.read", company.slug)
    values = {
        "company": company, "refusal": refusal, "typed": request.POST, "chosen": request.POST.getlist("kind"),
        "offered": [*OFFERED, *(OFFERED_TO_AUDITORS if audits else ())],
    }  # fmt: skip
    return page(request, "console/webhooks/add.html", values, status=422 if refusal else 200)


@console_page("settings.write")
def one(request: Request, number: int) -> HttpResponse:
    return _one(request, queries.find_webhook(request.actor, number))


def _one(
    request: Request, webhook: Webhook, *, secret: str = "", refusal: Decision | None = None
) -> HttpResponse:  # fmt: skip
    deliveries = [
        {"row": d, "state": DELIVERED[d.state], "last": d.attempts[-1] if d.attempts else None, "word": KINDS.get(d.kind, d.kind)}
        for d in queries.deliveries_of(webhook)[:SHOWN]
    ]  # fmt: skip
    values = {
        "webhook": webhook, "secret": secret, "refusal": refusal, "deliveries": deliveries,
        "state": STATES[queries.state_of(webhook)], "notice": NOTICES.get(request.GET.get("said", "")),
    }  # fmt: skip
    return page(request, "console/webhooks/one.html", values, status=409 if refusal else 200)


@require_POST
@console_page("settings.write")
def change(request: Request, number: int, what: str) -> HttpResponse:
    webhook, actor = queries.find_webhook(request.actor, number), request.actor
    back, said = page_of(webhook), ""
    try:
        match what:
            case "secret":
                return _one(request, webhook, secret=actions.rotate_secret(actor=actor, webhook=webhook))
            case "test":
                actions.send_test(actor=actor, webhook=webhook)
                said = "tested"
            case "disable":
                actions.disable_webhook(actor=actor, webhook=webhook)
                said = "disabled"
            case "enable":
                actions.enable_webhook(actor=actor, webhook=webhook)
                said = "enabled"
            case "resend":
                delivery = queries.find_delivery(webhook, request.POST.get("message", ""))
                actions.resend(actor=actor, delivery=delivery)
                said = "resent"
            case "remove":
                actions.remove_webhook(actor=actor, webhook=webhook)
                back, said = reverse("webhooks"), "removed"
            case _:
                raise Http404
    except Refusal as refusal:
        return _one(request, webhook, refusal=refusal.decision)
    return SeeOther(f"{back}?said={said}")
