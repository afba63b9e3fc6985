"""Addresses of the company's settings."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from hongyan.faces.console.settings import branding, pages
from hongyan.faces.web import look

urlpatterns: list[URLPattern | URLResolver] = [
    path("console/settings", pages.show, name="company-settings"),
    path("console/look", branding.show, name="branding"),
    path("console/look/<slug:slot>", branding.picture, name="branding-picture"),
    # For everybody: before anybody is signed in, too.
    path("look/<slug:slug>/<slug:digest>.css", look.sheet, name="look-sheet"),
    path("look/<slug:slug>/<str:name>", look.picture, name="look-picture"),
]
