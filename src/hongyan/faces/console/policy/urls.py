"""Addresses of the policy's room."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from hongyan.faces.console.policy import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("console/policy", pages.show, name="policy-readers"),
    path("console/policy/publish", pages.publish, name="policy-publish"),
]
