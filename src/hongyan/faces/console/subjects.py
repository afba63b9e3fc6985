"""Where something that an event or a list names has its own page.

Always: a link is only a way there; the page itself decides who sees it. What has no page gets none ("").
"""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from hongyan.company.people.models import Company

#: What names a thing in an event's subject, and the page of such a thing.
_NUMBERED = {"person": "person", "release": "release"}


def page_of(subject: str, company: Company | None = None) -> str:
    """The address of the page about `subject` (`person/12`, `alice@corp.test`, `release/7`); nothing when there is none."""
    kind, slash, rest = subject.partition("/")
    if slash and kind in _NUMBERED and rest.isdigit():
        return _reverse(_NUMBERED[kind], int(rest))
    if "@" in subject and not slash:
        return _with(_reverse("mailbox-page", subject) or _reverse("console-mailbox", subject), company)
    return ""


def _with(url: str, company: Company | None) -> str:
    return f"{url}?{urlencode({'company': company.slug})}" if url and company else url


def _reverse(name: str, *arguments: object) -> str:
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:  # that room is not built, or the thing has no such name
        return ""
