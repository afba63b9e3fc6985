"""Addresses of bulk runs."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from hongyan.faces.console.bulk import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("console/bulk", pages.index, name="bulk-runs"),
    path("console/bulk/<int:run_id>", pages.show, name="bulk-run"),
    path("console/bulk/<int:run_id>/answers", pages.answers, name="bulk-answers"),
    path("console/bulk/<int:run_id>/begin", pages.begin, name="bulk-begin"),
    path("console/bulk/<int:run_id>/stop", pages.stop, name="bulk-stop"),
    path("console/bulk/<int:run_id>/resume", pages.resume, name="bulk-resume"),
]
