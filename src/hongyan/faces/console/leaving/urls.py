"""The room's addresses."""

from __future__ import annotations

from django.urls import path

from hongyan.faces.console.leaving import index, looks, one

urlpatterns = [
    path("console/leaving", index.show, name="leavings"),
    path("console/leaving/begin", index.begin, name="leaving-begin"),
    path("console/leaving/rule", index.rule, name="leaving-rule"),
    path("console/leaving/<int:number>", one.show, name="leaving"),
    path("console/leaving/<int:number>/archive", one.archive, name="leaving-archive"),
    path("console/leaving/<int:number>/paper", one.paper, name="leaving-paper"),
    path("console/leaving/<int:number>/do/<slug:what>", one.change, name="leaving-do"),
    path("console/leaving/look/<int:number>", looks.show, name="look"),
    path("console/leaving/look/<int:number>/folder", looks.folder, name="look-folder"),
    path("console/leaving/look/<int:number>/message", looks.message, name="look-message"),
    path("console/leaving/look/<int:number>/do/<slug:what>", looks.change, name="look-do"),
]
