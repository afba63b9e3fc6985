"""Addresses of the company's settings."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from hongyan.faces.console.settings import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("console/settings", pages.show, name="company-settings"),
]
