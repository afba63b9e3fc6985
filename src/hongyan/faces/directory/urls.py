"""Addresses of the address book and of a head's team."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from hongyan.faces.directory import book, team

urlpatterns: list[URLPattern | URLResolver] = [
    path("directory", book.show, name="directory"),
    path("team", team.show, name="team"),
]
