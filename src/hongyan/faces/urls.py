"""Every page's address."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from hongyan.faces.console import companies
from hongyan.faces.console.audit import urls as audit
from hongyan.faces.console.bulk import urls as bulk
from hongyan.faces.console.domains import urls as domains
from hongyan.faces.console.imports import urls as imports
from hongyan.faces.console.leaving import urls as leaving
from hongyan.faces.console.life import urls as lives
from hongyan.faces.console.machine import urls as machine
from hongyan.faces.console.mailboxes import urls as mailboxes
from hongyan.faces.console.notices import urls as notices
from hongyan.faces.console.overview import urls as overview
from hongyan.faces.console.papers import urls as papers
from hongyan.faces.console.people import urls as people
from hongyan.faces.console.permits import urls as permits
from hongyan.faces.console.policy import urls as policy_room
from hongyan.faces.console.profiles import urls as profiles
from hongyan.faces.console.queue import urls as queue
from hongyan.faces.console.releases import urls as releases
from hongyan.faces.console.requests import urls as console_requests
from hongyan.faces.console.roles import urls as roles
from hongyan.faces.console.routing import urls as routing
from hongyan.faces.console.search import urls as search
from hongyan.faces.console.settings import urls as company_settings
from hongyan.faces.console.staff import urls as staff
from hongyan.faces.console.tokens import urls as tokens
from hongyan.faces.console.webhooks import urls as webhooks
from hongyan.faces.directory import urls as directory
from hongyan.faces.policy import urls as policy
from hongyan.faces.portal import entrance, filters, keeping, life, mailbox, passwords
from hongyan.faces.requests import urls as requests
from hongyan.faces.setup import urls as setup
from hongyan.faces.web import errors, themes

urlpatterns: list[URLPattern | URLResolver] = [
    path("", entrance.home, name="home"),
    path("signin", entrance.sign_in, name="signin"),
    path("signout", entrance.sign_out, name="signout"),
    path("signout-everywhere", entrance.sign_out_everywhere, name="signout-everywhere"),
    path("language", entrance.choose_language, name="language"),
    path("theme", themes.choose, name="theme"),
    path("link/<str:token>", entrance.link, name="link"),
    path("activate/<str:token>", entrance.activate, name="activate"),
    path("activate/<str:token>/check", entrance.activate_check, name="activate-check"),
    path("password/change", passwords.change, name="password-change"),
    path("password/check", passwords.check, name="password-check"),
    path("mailbox", mailbox.show, name="mailbox"),
    *setup.urlpatterns,
    *policy.urlpatterns,
    *directory.urlpatterns,
    *requests.urlpatterns,
    path("mailbox/life", life.show, name="mailbox-life"),
    path("mailbox/rules", filters.show, name="mailbox-rules"),
    path("mailbox/rules/off", filters.switch_off, name="mailbox-rules-off"),
    path("mailbox/kept", keeping.show, name="kept"),
    path("mailbox/kept/<str:address>/<slug:what>", keeping.change, name="kept-do"),
    path("mailbox/devices", mailbox.add_device, name="device-add"),
    path("mailbox/devices/<int:device_id>/revoke", mailbox.revoke_device, name="device-revoke"),
    path("mailbox/sessions/<str:key>/end", mailbox.end_session, name="session-end"),
    path("mailbox/notices", mailbox.choose_notices, name="mailbox-notices"),
    path("mailbox/not-me", mailbox.report_misuse, name="not-me"),
    path("console/company", companies.choose, name="console-company"),
    # The rooms: a list each, one line each.
    *overview.urlpatterns,
    *people.urlpatterns,
    *policy_room.urlpatterns,
    *leaving.urlpatterns,
    *papers.urlpatterns,
    *lives.urlpatterns,
    *console_requests.urlpatterns,
    *permits.urlpatterns,
    *profiles.urlpatterns,
    *queue.urlpatterns,
    *machine.urlpatterns,
    *releases.urlpatterns,
    *audit.urlpatterns,
    *notices.urlpatterns,
    *roles.urlpatterns,
    *bulk.urlpatterns,
    *search.urlpatterns,
    *imports.urlpatterns,
    *staff.urlpatterns,
    *mailboxes.urlpatterns,
    *routing.urlpatterns,
    *domains.urlpatterns,
    *company_settings.urlpatterns,
    *tokens.urlpatterns,
    *webhooks.urlpatterns,
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.failure
