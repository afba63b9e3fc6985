"""Setting Django up for the commands that need the database."""

from __future__ import annotations

import os

import django


def set_up_django() -> None:
    """Reads the instance of HONGYAN_DIR. Calling it again changes nothing."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hongyan.faces.settings")
    django.setup()
