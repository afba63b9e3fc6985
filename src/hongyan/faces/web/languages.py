"""Which language a page is written in.

Owns: the names of the three languages towards Django, HTML and browsers.
Always: the account's choice, else the cookie's, else the browser's; of a list in Accept-Language the first that is
one of ours decides (RFC 9110 12.5.4).
"""

from __future__ import annotations

from typing import Final

from django.utils.translation.trans_real import parse_accept_lang_header

LOCALES: Final = ("zh-Hant", "zh-Hans", "en")
OWN_NAMES: Final = {"zh-Hant": "繁體中文", "zh-Hans": "简体中文", "en": "English"}
_TRADITIONAL: Final = ("zh-hant", "zh-tw", "zh-hk", "zh-mo", "yue")


def django_code(locale: str) -> str:
    return locale.lower()


def match(tag: str) -> str:
    """Our locale for a browser's language tag, or nothing."""
    tag = tag.lower()
    if tag.startswith(_TRADITIONAL):
        return "zh-Hant"
    if tag == "zh" or tag.startswith("zh-"):
        return "zh-Hans"
    return "en" if tag == "en" or tag.startswith("en-") else ""


def of_browser(header: str) -> str:
    """From Accept-Language; English for those who read none of the three."""
    wanted = (match(tag) for tag, _ in parse_accept_lang_header(header[:500].lower()))
    return next((locale for locale in wanted if locale), "en")
