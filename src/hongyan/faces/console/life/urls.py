"""Addresses of the room of lives."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from hongyan.faces.console.life import page, unused

urlpatterns: list[URLPattern | URLResolver] = [
    path("console/unused", unused.show, name="console-unused"),
    path("console/mailboxes/<str:address>/life", page.show, name="console-life"),
    path("console/mailboxes/<str:address>/life/<slug:what>", page.change, name="console-life-do"),
]
