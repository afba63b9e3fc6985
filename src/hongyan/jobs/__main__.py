"""`python -m hongyan.jobs publisher|worker`: the entry of both background services."""

from __future__ import annotations

import importlib
import os
import sys

import django

from hongyan.kernel.instance import current


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hongyan.faces.settings")
    django.setup()
    importlib.import_module(f"hongyan.jobs.{sys.argv[1]}").main(current())


main()
