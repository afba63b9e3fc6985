"""Directories and identity providers: what is set of them, what they said last, what can be done with them."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from hongyan.company.mailboxes.models import Group
from hongyan.company.people.models import Company
from hongyan.company.staff import keeping, queries
from hongyan.company.staff.models import Report, ScimGroup, ScimUser, Source
from hongyan.company.staff.scim.groups import bind_group
from hongyan.company.staff.sources import ldap
from hongyan.company.staff.sources.settings import UNIT_ATTRIBUTES
from hongyan.company.staff.syncing import domains_of
from hongyan.company.staff.tasks import begin_sync
from hongyan.faces.console.access import console_page
from hongyan.faces.console.companies import current_company
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Decision, Refusal

SHOWN_GROUPS: Final = 200
NOTICES: Final = {
    "saved": _("Saved."), "removed": _("The source is removed."), "bound": _("The mail group follows from now on."),
    "unbound": _("The mail group does not follow any more."),
}  # fmt: skip
TEXTS: Final = {
    "ldap": ("preset", "url", "base", "bind_dn", "filter", "units", "unit_top", "ca"), "scim": ("unit_from", "unit_top"),
}  # fmt: skip
FIELDS: Final = (
    ("number", _("Staff number")), ("name", _("Name")), ("unit", _("Unit")), ("post", _("Post")),
    ("mailbox", _("Mailbox")), ("mobile", _("Mobile")), ("phone", _("Phone")), ("locale", _("Language")),
)  # fmt: skip
SWITCHES: Final[dict[str, tuple[tuple[str, Any, Any], ...]]] = {
    "ldap": (
        ("auto", _("Apply by itself"), _("What is clear is done at once; conflicts, warnings and what the limit forbids wait for somebody.")),
        ("whole", _("It names everybody"), _("Who is not in it has left. Otherwise only those leave whom it named before.")),
        ("create_units", _("Make missing units"), ""),
        ("open_mailboxes", _("Open mailboxes"), _("For addresses in the company's domains.")),
    ),
    "scim": (
        ("auto", _("Apply by itself"), _("What is clear is done at once; conflicts, warnings and what the limit forbids wait for somebody.")),
        ("create_units", _("Make missing units"), ""),
        ("open_mailboxes", _("Open mailboxes"), _("For addresses in the company's domains.")),
    ),
}  # fmt: skip


def _company(request: Request) -> Company:
    for right in ("settings.write", "people.write"):
        try:
            company = current_company(request, right)
        except Http404:
            continue
        if queries.may_see_sources(request.actor, company):
            return company
    raise Http404


def _may_change(request: Request, company: Company, kind: str) -> bool:
    return request.actor.may("company.write" if kind == "ldap" else "settings.write", company.slug)


@console_page("people.write")
def show(request: Request) -> HttpResponse:
    company = _company(request)
    sources = list(queries.list_sources(request.actor, company))
    values = {
        "company": company, "sources": [_line(source) for source in sources],
        "notice": NOTICES.get(request.GET.get("said", "")), "adds_ldap": _may_change(request, company, "ldap"),
        "adds_scim": _may_change(request, company, "scim"),
    }  # fmt: skip
    return page(request, "console/staff/sources.html", values)


def _line(source: Source) -> dict[str, Any]:
    error = source.last_error
    return {
        "source": source, "kind_word": Decision(f"staff.kind_word.{source.kind}"),
        "error": Decision(error["code"], error.get("params", {})) if error else None,
    }  # fmt: skip


@console_page("people.write")
def add(request: Request, kind: str) -> HttpResponse:
    company = _company(request)
    if kind not in TEXTS or not _may_change(request, company, kind):
        raise Http404
    if request.method != "POST":
        return page(request, "console/staff/source_add.html", _form(request, company, kind, None))
    try:
        source, key = keeping.add_source(
            actor=request.actor, company=company, kind=kind, name=request.POST.get("name", ""), settings=_settings(request, kind),
            password=request.POST.get("password", ""), every_hours=_hours(request), **_switches(request, kind),
        )  # fmt: skip
    except Refusal as refusal:
        values = _form(request, company, kind, None, posted=True) | {"refusal": refusal.decision}
        return page(request, "console/staff/source_add.html", values, status=422)
    if key:
        return _one(request, source, key=key)
    return SeeOther(reverse("staff-source", args=[source.pk]) + "?said=saved")


def _form(
    request: Request, company: Company, kind: str, source: Source | None, *, posted: bool = False
) -> dict[str, Any]:  # fmt: skip
    """`posted`: as it was typed, not as it is kept."""
    kept: dict[str, Any] = source.settings if source else {}
    fields = kept.get("fields", {})
    text = {name: request.POST.get(name, "") if posted else kept.get(name, "") for name in TEXTS[kind]}
    return {
        "company": company, "kind": kind, "source": source, "text": text, "unit_attributes": UNIT_ATTRIBUTES,
        "name": request.POST.get("name", "") if posted else source.name if source else "",
        "every": request.POST.get("every", "") if posted else source.every_hours if source else 24,
        "start_tls": request.POST.get("start_tls") == "1" if posted else kept.get("start_tls", False),
        "fields": [(n, w, request.POST.get(f"field_{n}", "") if posted else fields.get(n, "")) for n, w in FIELDS],
        "switches": [(n, w, h, _on(request, n, source, posted=posted)) for n, w, h in SWITCHES[kind]],
        "kind_word": Decision(f"staff.kind_word.{kind}"), "may_change": _may_change(request, company, kind),
    }  # fmt: skip


def _on(request: Request, name: str, source: Source | None, *, posted: bool) -> bool:
    if posted:
        return request.POST.get(name) == "1"
    return bool(getattr(source or Source(), name))


def _settings(request: Request, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {name: request.POST.get(name, "").strip() for name in TEXTS[kind]}
    if kind == "ldap":
        found["start_tls"] = request.POST.get("start_tls") == "1"
        found["fields"] = {n: v for n, _w in FIELDS if (v := request.POST.get(f"field_{n}", "").strip())}
    return {name: value for name, value in found.items() if value}


def _switches(request: Request, kind: str) -> dict[str, bool]:
    return {name: request.POST.get(name) == "1" for name, _word, _hint in SWITCHES[kind]}


def _hours(request: Request) -> int:
    text = request.POST.get("every", "") or "0"
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1


@console_page("people.write")
def one(request: Request, number: int) -> HttpResponse:
    return _one(request, queries.find_source(request.actor, _company(request), number))


def _one(request: Request, source: Source, *, key: str = "", posted: bool = False, **more: Any) -> HttpResponse:
    values = _form(request, source.company, source.kind, source, posted=posted) | _line(source)
    values |= {
        "key": key, "scim_url": f"{settings.WEB_URL}/scim/v2", "notice": NOTICES.get(request.GET.get("said", "")),
        "reports": Report.objects.filter(source=source).order_by("-id")[:5], "users": ScimUser.objects.filter(source=source).count(),
        "groups": _groups(source), "mail_groups": _mail_groups(request, source),
        "syncs": request.actor.may("people.write", source.company.slug),
    }  # fmt: skip
    values |= more
    return page(request, "console/staff/source.html", values, status=422 if "refusal" in more else 200)


def _groups(source: Source) -> list[ScimGroup]:
    return list(ScimGroup.objects.filter(source=source).order_by("name_key")[:SHOWN_GROUPS])


def _mail_groups(request: Request, source: Source) -> list[str]:
    company = source.company
    if source.kind != "scim" or not (request.actor.may("group.write", company.slug)):
        return []
    return list(Group.objects.filter(company=company).order_by("address").values_list("address", flat=True)[:1000])


@require_POST
@console_page("people.write")
def change(request: Request, number: int, what: str) -> HttpResponse:
    source, actor = queries.find_source(request.actor, _company(request), number), request.actor
    here, said = reverse("staff-source", args=[source.pk]), "saved"
    try:
        match what:
            case "save":
                _save(request, source)
            case "enable" | "disable":
                keeping.change_source(actor=actor, source=source, enabled=what == "enable")
            case "key":
                return _one(request, source, key=keeping.renew_key(actor=actor, source=source))
            case "try" if source.kind == "ldap":
                actor.require("company.write", source.company.slug)
                return _one(request, source, tried=ldap.try_source(source, domains_of(source.company)))
            case "sync":
                return SeeOther(reverse("staff-task", args=[begin_sync(actor=actor, source=source).pk]))
            case "follow" if source.kind == "scim":
                said = _follow(request, source)
            case "remove":
                keeping.remove_source(actor=actor, source=source)
                here, said = reverse("staff-sources"), "removed"
            case _:
                raise Http404
    except Refusal as refusal:
        if refusal.code == "permission.missing":
            raise
        source.refresh_from_db()
        return _one(request, source, refusal=refusal.decision, posted=what == "save")
    return SeeOther(f"{here}?said={said}")


def _save(request: Request, source: Source) -> None:
    password = request.POST.get("password", "")
    keeping.change_source(
        actor=request.actor, source=source, name=request.POST.get("name", ""), settings=_settings(request, source.kind),
        password=password or None, every_hours=_hours(request) if source.kind == "ldap" else None,
        **_switches(request, source.kind),
    )  # fmt: skip


def _follow(request: Request, source: Source) -> str:
    text = request.POST.get("group", "")
    group = ScimGroup.objects.select_related("source__company").filter(
        source=source, pk=int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
    ).first()  # fmt: skip
    if group is None:
        raise Refusal("staff.group_unknown", name="")
    address = request.POST.get("address", "")
    bind_group(actor=request.actor, group=group, address=address)
    return "bound" if address else "unbound"
