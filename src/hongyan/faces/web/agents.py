"""A program's own description in words that its owner recognises: `Edge on Windows`, `Foxmail 7.2`.

Reads browsers' User-Agent and what mail programs say in the IMAP ID command (RFC 2971), as Dovecot hands it on.

Never: trusted for anything; it is whatever the client says.
"""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext as _

#: First match wins: Edge and Opera call themselves Chrome as well, Chrome calls itself Safari.
_BROWSERS: Final = (
    ("MicroMessenger/", "WeChat"), ("QQBrowser/", "QQ Browser"), ("Edg/", "Edge"), ("EdgA/", "Edge"), ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"),
)  # fmt: skip
_SYSTEMS: Final = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("HarmonyOS", "HarmonyOS"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
_IMAP_ID: Final = re.compile(r'"(name|version)" "([^"]*)"')
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f]")


def describe(agent: str) -> str:
    if said := dict(_IMAP_ID.findall(agent)):
        return _clean(" ".join(filter(None, (said.get("name"), said.get("version")))))
    browser, system = (next((name for mark, name in table if mark in agent), "") for table in (_BROWSERS, _SYSTEMS))
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _clean(agent)


def _clean(text: str) -> str:
    return _UNPRINTABLE.sub("", text)[:40]
