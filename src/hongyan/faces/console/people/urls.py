"""Addresses of the people room."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from hongyan.faces.console.people import adding, grades, index, person, tree

urlpatterns: list[URLPattern | URLResolver] = [
    path("console/people", index.show, name="people"),
    path("console/people/add", adding.show, name="person-add"),
    path("console/people/<int:person_id>", person.show, name="person"),
    path("console/people/<int:person_id>/edit", person.edit, name="person-edit"),
    path("console/people/<int:person_id>/posts", person.add_post, name="person-post-add"),
    path("console/people/<int:person_id>/posts/<int:post_id>", person.change_post, name="person-post"),
    path("console/people/<int:person_id>/do/<slug:what>", person.step, name="person-do"),
    path("console/grades", grades.show, name="grades"),
    path("console/units", tree.show, name="units"),
    path("console/units/add", tree.add, name="unit-add"),
    path("console/units/<int:unit_id>", tree.show, name="unit"),
    path("console/units/<int:unit_id>/do/<slug:what>", tree.change, name="unit-do"),
]
