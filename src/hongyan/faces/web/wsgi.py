"""The web as one WSGI application: static files, then Django."""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import os
import signal

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from hongyan.faces.web import plain
from hongyan.faces.web.static import StaticFiles

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # mallopt(3)
PR_SET_PDEATHSIG = 1  # prctl(2)


def give_back_memory() -> None:
    """A password hash takes 19 MB for some milliseconds; left to itself glibc keeps that for every thread."""
    libc = ctypes.CDLL(None)
    libc.mallopt(M_MMAP_THRESHOLD, 1 << 20)
    libc.mallopt(M_ARENA_MAX, 2)


def end_with_parent() -> None:
    """A worker whose server was killed would go on holding the port, beside the server that takes its place."""
    if multiprocessing.parent_process() is not None:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


end_with_parent()
give_back_memory()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hongyan.faces.settings")
# Refused requests are answered, not logged: their addresses hold links that may still be alive.
logging.getLogger("django.request").setLevel(logging.ERROR)
application = StaticFiles(get_wsgi_application())
if multiprocessing.parent_process() is not None and settings.INSTANCE and settings.INSTANCE.http_port:
    plain.start(settings.INSTANCE)
