"""Addresses of the search."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from hongyan.faces.console.search import pages

urlpatterns: list[URLPattern | URLResolver] = [path("console/search", pages.show, name="console-search")]
