"""Addresses of the room of aliases and groups."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from hongyan.faces.console.routing import aliases, groups

urlpatterns: list[URLPattern | URLResolver] = [
    path("console/aliases", aliases.show, name="console-aliases"),
    path("console/aliases/add", aliases.add, name="console-alias-add"),
    path("console/aliases/<str:address>", aliases.one, name="console-alias"),
    path("console/aliases/<str:address>/change", aliases.change, name="console-alias-change"),
    path("console/aliases/<str:address>/remove", aliases.remove, name="console-alias-remove"),
    path("console/groups", groups.show, name="console-groups"),
    path("console/groups/add", groups.add, name="console-group-add"),
    path("console/groups/<str:address>", groups.one, name="console-group"),
    path("console/groups/<str:address>/do/<slug:what>", groups.change, name="console-group-do"),
]
