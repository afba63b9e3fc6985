"""`python -m hongyan.jobs publisher|worker`: the entry of both background services."""

from __future__ import annotations

import os
import sys

import django

from hongyan.kernel.instance import current


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hongyan.faces.settings")
    django.setup()
    from hongyan.jobs import publisher, worker

    {"publisher": publisher.main, "worker": worker.main}[sys.argv[1]](current())


main()
