"""Addresses of the policy that staff read."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from hongyan.faces.policy import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("policy", pages.show, name="policy"),
    path("policy/<int:number>", pages.show, name="policy-edition"),
    path("policy/<int:number>/read", pages.acknowledge, name="policy-acknowledge"),
]
