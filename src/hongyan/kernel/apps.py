"""Registers the kernel's two tables (ledger, outbox) with Django."""

from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "hongyan.kernel"
    label = "kernel"
    default_auto_field = "django.db.models.BigAutoField"
