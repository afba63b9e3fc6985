"""Addresses of the room of domains."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from hongyan.faces.console.domains import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("console/domains", pages.show, name="console-domains"),
    path("console/domains/add", pages.add, name="console-domain-add"),
    path("console/domains/<str:name>", pages.one, name="console-domain"),
    path("console/domains/<str:name>/do/<slug:what>", pages.change, name="console-domain-do"),
]
