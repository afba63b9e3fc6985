"""Addresses of the people room."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from hongyan.faces.console.people import index

urlpatterns: list[URLPattern | URLResolver] = [
    path("console/people", index.show, name="people"),
]
