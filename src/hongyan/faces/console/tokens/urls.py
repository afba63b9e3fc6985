"""The room's addresses."""

from __future__ import annotations

from django.urls import path

from hongyan.faces.console.tokens import adding, pages

urlpatterns = [
    path("console/tokens", pages.show, name="tokens"),
    path("console/tokens/add", adding.choose, name="token-choose"),
    path("console/tokens/add/<slug:role>", adding.add, name="token-add"),
    path("console/tokens/<int:number>", pages.one, name="token"),
    path("console/tokens/<int:number>/revoke", pages.revoke, name="token-revoke"),
]
