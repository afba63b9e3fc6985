"""Addresses of the roles room."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from hongyan.faces.console.roles import account, granting, index, separation

urlpatterns: list[URLPattern | URLResolver] = [
    path("console/roles", index.show, name="roles"),
    path("console/roles/grant", granting.choose, name="role-choose"),
    path("console/roles/grant/<str:role>", granting.grant, name="role-grant"),
    path("console/roles/of/<str:login>", account.show, name="role-account"),
    path("console/roles/<int:grant_id>/revoke", account.revoke, name="role-revoke"),
    path("console/roles/separation", separation.show, name="role-separation"),
]
