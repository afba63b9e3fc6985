"""Django settings, all taken from the instance. Nothing is read from the environment but HONGYAN_DIR.

Always: HTTPS cookies, strict CSP and headers (faces/web), three languages, sessions in the database (revocable). Its own
keys beside Django's: INSTANCE, WEB_URL, STRICT_TRANSPORT, BEHIND_PROXY.
"""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hongyan.kernel.instance import Instance, NoInstance, current

INSTANCE: Instance | None = None
try:
    INSTANCE = current()
    SECRET_KEY = INSTANCE.secret("django.key")
    _database, _file, _origin = INSTANCE.database, str(INSTANCE.database_file), INSTANCE.web_url
    _hosts = [INSTANCE.hostname, "localhost", "127.0.0.1", "[::1]", urlsplit(_origin).hostname or "localhost"]
except (NoInstance, OSError):  # type checker, makemigrations and unit tests run without an instance
    SECRET_KEY = "no-instance"  # noqa: S105 - signs nothing that lives
    _database, _file, _origin, _hosts = "", ":memory:", "https://localhost", ["localhost", "testserver"]


def _postgresql(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or 5432,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


def _sqlite(path: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 20,
            # Writers queue at BEGIN instead of failing at their first write with "database is locked".
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
    }


def _machine_zone() -> str:
    """The machine's time zone by name, from Debian's own file; UTC when it has none."""
    try:
        name = Path("/etc/timezone").read_text("ascii").strip()
        ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return "UTC"
    return name


DATABASES = {"default": _postgresql(_database) if _database else _sqlite(_file)}


def _is_name(host: str) -> bool:
    """A name of its own: for an address, or a machine where other programs are `localhost` too, HTTPS is not forced."""
    try:
        ip_address(host)
    except ValueError:
        return host != "localhost"
    return False


WEB_URL = _origin
#: RFC 6797 8.1.1: Strict-Transport-Security is for names.
STRICT_TRANSPORT = _is_name(urlsplit(_origin).hostname or "localhost")
BEHIND_PROXY = bool(INSTANCE and INSTANCE.web_origin)

DEBUG = False
ALLOWED_HOSTS = sorted(set(_hosts))
ROOT_URLCONF = "hongyan.faces.urls"
WSGI_APPLICATION = "hongyan.faces.web.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "hongyan.kernel",
    "hongyan.company.people",
    "hongyan.company.mailboxes",
    "hongyan.company.life",
    "hongyan.company.branding",
    "hongyan.company.notices",
    "hongyan.company.papers",
    "hongyan.company.dns",
    "hongyan.company.tasks",
    "hongyan.company.imports",
    "hongyan.company.staff",
    "hongyan.company.bulk",
    "hongyan.company.finder",
    "hongyan.company.access",
    "hongyan.company.webhooks",
    "hongyan.company.permits",
    "hongyan.company.profiles",
    "hongyan.company.requests",
    "hongyan.company.replies",
    "hongyan.company.leaving",
    "hongyan.company.reading",
    "hongyan.evidence",
    "hongyan.evidence.usage",
    "hongyan.faces",
]
AUTH_USER_MODEL = "people.Account"
PASSWORD_HASHERS = ["hongyan.company.people.hashing.Argon2id"]
SESSION_ENGINE = "hongyan.faces.web.sessions"

USE_TZ = True
TIME_ZONE = (INSTANCE.timezone if INSTANCE else "") or _machine_zone()
USE_I18N = True
LANGUAGE_CODE = "zh-hant"
LANGUAGES = [("zh-hant", "繁體中文"), ("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = sorted(path for path in (Path(__file__).parent / "locale").iterdir() if path.is_dir())

SESSION_COOKIE_NAME = "hongyan"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_NAME = "hongyan-csrf"
CSRF_FAILURE_VIEW = "hongyan.faces.web.errors.expired_form"
CSRF_TRUSTED_ORIGINS = [_origin]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
LANGUAGE_COOKIE_NAME = "hongyan-language"
LANGUAGE_COOKIE_SECURE = True

MIDDLEWARE = [
    "hongyan.faces.web.middleware.PolicyMiddleware",
    "hongyan.faces.setup.middleware.SetupMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "hongyan.faces.api.door.ApiMiddleware",
    "hongyan.faces.scim.door.ScimMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "hongyan.faces.web.middleware.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "hongyan.faces.web.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.request", "hongyan.faces.web.pages.context"],
            "builtins": ["django.templatetags.i18n", "hongyan.faces.templatetags.page"],
        },
    }
]
STATIC_URL = "/static/"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
LOGGING_CONFIG = None
