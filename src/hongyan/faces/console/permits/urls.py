"""Addresses of the permits room."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from hongyan.faces.console.permits import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("console/permits", pages.show, name="console-permits"),
    path("console/permits/modes", pages.modes, name="console-permit-modes"),
]
