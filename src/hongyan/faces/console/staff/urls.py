"""The room's addresses."""

from __future__ import annotations

from django.urls import path

from hongyan.faces.console.staff import report, reports, sources

urlpatterns = [
    path("console/staff", reports.show, name="staff"),
    path("console/staff/guard", reports.guard_rules, name="staff-guard"),
    path("console/staff/import/<int:import_id>", reports.from_import, name="staff-from-import"),
    path("console/staff/task/<int:number>", reports.task, name="staff-task"),
    path("console/staff/<int:number>", report.show, name="staff-report"),
    path("console/staff/<int:number>/<slug:what>", report.change, name="staff-report-do"),
    path("console/staff/sources", sources.show, name="staff-sources"),
    path("console/staff/sources/add/<slug:kind>", sources.add, name="staff-source-add"),
    path("console/staff/sources/<int:number>", sources.one, name="staff-source"),
    path("console/staff/sources/<int:number>/<slug:what>", sources.change, name="staff-source-do"),
]
