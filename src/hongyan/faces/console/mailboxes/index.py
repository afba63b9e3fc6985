"""The list of mailboxes."""

from __future__ import annotations

from datetime import date

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from hongyan.company.finder.queries import matching
from hongyan.company.life.states import state, where
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.mailboxes.queries import quota_mb
from hongyan.company.mailboxes.scope import mailboxes_within
from hongyan.faces.console.access import console_page
from hongyan.faces.console.lists import Bulk, Button, Column, Field, Filter, List, Scope, answer
from hongyan.faces.console.mailboxes.words import KINDS, STATES
from hongyan.faces.templatetags.page import megabytes
from hongyan.faces.web.requests import Request
from hongyan.kernel.models import Event

USAGE = (
    ("filling", _("80 % full and more")),
    ("empty", _("Empty")),
)


def rows(scope: Scope) -> QuerySet[Mailbox]:
    found = mailboxes_within(scope.actor, "mailbox.read", scope.company)
    if scope.asked.get("state") not in ("closed", "alias"):
        found = found.filter(closed_at=None)
    last = Event.objects.filter(subject=OuterRef("address"), kind="signin.ok").order_by("-at").values("at")[:1]
    return (
        found.select_related("company", "account", "person", "keeper", "unit")
        .prefetch_related("person__appointments__unit")
        .annotate(signed_in_at=Subquery(last))
    )


def by_text(found: QuerySet[Mailbox], text: str, scope: Scope) -> QuerySet[Mailbox]:
    """By address, its own name, or the words of its person (name, pinyin, number)."""
    owner = matching(scope.company, "person", text, "person")
    return found.filter(matching(scope.company, "mailbox", text) | owner)


def by_state(found: QuerySet[Mailbox], value: str, scope: Scope) -> QuerySet[Mailbox]:
    return found.filter(where(value)) if value in dict(STATES) else found


def by_usage(found: QuerySet[Mailbox], value: str, scope: Scope) -> QuerySet[Mailbox]:
    if value == "empty":
        return found.filter(used_mb=0)
    limit = Coalesce(F("quota_mb"), scope.company.quota_mb)
    return found.filter(used_mb__gt=0).alias(limit=limit).filter(used_mb__gte=F("limit") * 0.8)


def by_end(found: QuerySet[Mailbox], value: str, scope: Scope) -> QuerySet[Mailbox]:
    try:
        return found.filter(expires_on__lt=date.fromisoformat(value))
    except ValueError:  # half typed
        return found


def owner_of(mailbox: Mailbox) -> str:
    person = mailbox.person or mailbox.keeper
    return mailbox.display_name or (person.name if person else "")


def units_of(mailbox: Mailbox) -> list[str]:
    if mailbox.person is not None:
        return sorted({appointment.unit.name for appointment in mailbox.person.appointments.all()})
    return [mailbox.unit.name] if mailbox.unit else []


def kind_of(mailbox: Mailbox) -> str:
    return str(dict(KINDS)[mailbox.kind])


def shown_state(mailbox: Mailbox) -> str:
    return str(dict(STATES)[state(mailbox)])


def usage(mailbox: Mailbox) -> str:
    if mailbox.measured_at is None:
        return f"– / {megabytes(quota_mb(mailbox))}"
    return f"{megabytes(mailbox.used_mb)} / {megabytes(quota_mb(mailbox))}"


def page_of(mailbox: Mailbox) -> str:
    return reverse("console-mailbox", args=[mailbox.address])


_REASON = Field("reason", _("Reason"), required=False, hint=_("Is shown to nobody but administrators and the audit."))
_SIZE = Field("size", _("Size"), required=False, hint=_("5GB or 500MB; empty: what the company gives everybody."))
_UNTIL = Field("until", _("Last day"), kind="date", required=False, hint=_("Empty: no last day."))

MAILBOXES: List[Mailbox] = List(
    key="mailboxes",
    title=_("Mailboxes"),
    permission="mailbox.read",
    rows=rows,
    label="address",
    order="address",
    columns=(
        Column("address", _("Address"), lambda m: m.address, sort="address", link=page_of),
        Column("owner", _("Name"), owner_of),
        Column("kind", _("Kind"), kind_of),
        Column("units", _("Unit"), units_of),
        Column("state", _("State"), shown_state, template="console/mailboxes/state.html"),
        Column("usage", _("Used"), usage, sort="used_mb", number=True, template="console/mailboxes/used.html"),
        Column("signin", _("Last sign-in"), lambda m: getattr(m, "signed_in_at", None)),
        Column("expires", _("Last day"), lambda m: m.expires_on),
        Column("opened", _("Opened"), lambda m: m.opened_at, shown=False),
        Column("limit", _("Recipients an hour"), lambda m: m.hourly_limit, shown=False, number=True),
        Column("reason", _("Why suspended"), lambda m: m.suspended_reason, shown=False),
    ),
    search=by_text,
    search_hint=_("Address, name, pinyin, number"),
    filters=(
        Filter("kind", _("Kind"), KINDS, lambda found, value, scope: found.filter(kind=value)),
        Filter("state", _("State"), STATES, by_state),
        Filter("used", _("Used"), USAGE, by_usage),
        Filter("ends", _("Ends before"), (), by_end, kind="date"),
    ),
    bulk=(
        Bulk("mailboxes.quota", _("Change the size"), (_SIZE,)),
        Bulk("mailboxes.expiry", _("Change the last day"), (_UNTIL,)),
        Bulk(
            "mailboxes.suspend", _("Suspend"), (_REASON,), danger=True,
            explain=_("Nobody signs in or sends; mail is still received. Everybody is signed out at once."),
        ),
        Bulk("mailboxes.resume", _("Resume")),
    ),
    empty=_("No mailbox is open yet."),
)  # fmt: skip


@console_page("mailbox.read")
def show(request: Request) -> HttpResponse:
    return answer(request, MAILBOXES, {"buttons": buttons(request)}, template="console/mailboxes/index.html")


def buttons(request: Request) -> list[Button]:
    if not any(grant.permits("mailbox.write") for grant in request.actor.grants):
        return []
    return [Button(_("Open a mailbox"), reverse("console-mailbox-open"))]
