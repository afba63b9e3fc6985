"""The room's addresses."""

from __future__ import annotations

from django.urls import path

from hongyan.faces.console.papers import room

urlpatterns = [
    path("console/papers", room.show, name="papers"),
    path("console/papers/verify", room.verify, name="paper-verify"),
    path("console/papers/<slug:number>.pdf", room.pdf, name="paper"),
]
