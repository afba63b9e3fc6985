"""The web as one WSGI application: static files, then Django."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from hongyan.faces.web.static import StaticFiles

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hongyan.faces.settings")
application = StaticFiles(get_wsgi_application())
