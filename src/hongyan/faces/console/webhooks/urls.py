"""The room's addresses."""

from __future__ import annotations

from django.urls import path

from hongyan.faces.console.webhooks import pages

urlpatterns = [
    path("console/webhooks", pages.show, name="webhooks"),
    path("console/webhooks/add", pages.add, name="webhook-add"),
    path("console/webhooks/<int:number>", pages.one, name="webhook"),
    path("console/webhooks/<int:number>/<slug:what>", pages.change, name="webhook-do"),
]
