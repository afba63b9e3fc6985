"""Addresses of the mailboxes room."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from hongyan.faces.console.mailboxes import changes, index, opening, page

urlpatterns: list[URLPattern | URLResolver] = [
    path("console/mailboxes", index.show, name="console-mailboxes"),
    path("console/mailboxes/open", opening.show, name="console-mailbox-open"),
    path("console/mailboxes/<str:address>", page.show, name="console-mailbox"),
    path("console/mailboxes/<str:address>/password", changes.password, name="console-mailbox-password"),
    path("console/mailboxes/<str:address>/do/<slug:what>", changes.change, name="console-mailbox-do"),
]
