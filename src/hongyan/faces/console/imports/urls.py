"""Addresses of the imports room."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from hongyan.faces.console.imports import downloads, index, show, steps

urlpatterns: list[URLPattern | URLResolver] = [
    path("console/imports", index.show, name="imports"),
    path("console/imports/rules", index.rules, name="import-rules"),
    path("console/imports/template/<slug:kind>", downloads.template, name="import-template"),
    path("console/imports/staff", downloads.staff, name="import-staff"),
    path("console/imports/<int:import_id>", show.show, name="import"),
    path("console/imports/<int:import_id>/columns", show.columns, name="import-columns"),
    path("console/imports/<int:import_id>/sheet", steps.sheet, name="import-sheet"),
    path("console/imports/<int:import_id>/check", steps.check, name="import-check"),
    path("console/imports/<int:import_id>/apply", steps.apply, name="import-apply"),
    path("console/imports/<int:import_id>/stop", steps.stop, name="import-stop"),
    path("console/imports/<int:import_id>/drop", steps.drop, name="import-drop"),
    path("console/imports/<int:import_id>/undo", steps.undo, name="import-undo"),
    path("console/imports/<int:import_id>/links", downloads.links, name="import-links"),
    path("console/imports/<int:import_id>/problems", downloads.problems, name="import-problems"),
]
