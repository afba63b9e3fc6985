"""Addresses of the profiles room."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from hongyan.faces.console.profiles import moving, pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("console/profiles", pages.show, name="profiles"),
    path("console/profiles/add", pages.add, name="profile-add"),
    path("console/profiles/<int:number>", pages.one, name="profile"),
    path("console/profiles/<int:number>/do/<slug:what>", pages.change, name="profile-do"),
    path("console/people/<int:person_id>/posts/<int:post_id>/move", moving.show, name="person-move"),
]
