"""Lets Django find the template tags of the pages."""

from django.apps import AppConfig


class FacesConfig(AppConfig):
    name = "hongyan.faces"
    label = "faces"
