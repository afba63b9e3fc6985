"""How pages spell times, sizes, refusals and addresses of static files.

Always: a time is shown in the server's zone, with the full one in its title; a refusal in the language of the page.
"""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hongyan.faces.console import events
from hongyan.faces.web import agents, static, words
from hongyan.kernel import clock
from hongyan.kernel.decision import Decision
from hongyan.kernel.models import Event
from hongyan.kernel.wording import spell_size

register = template.Library()

_SHORT = {"zh": ("n月j日 H:i", "Y年n月j日 H:i"), "en": ("j M H:i", "j M Y H:i")}


@register.simple_tag
def asset(name: str) -> str:
    return static.url(name)


@register.filter
def when(moment: datetime | None) -> SafeString | str:
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    same_year, other_year = _SHORT["zh" if words.current_locale().startswith("zh") else "en"]
    text = date_format(local, same_year if local.year == timezone.localtime(clock.now()).year else other_year)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), f"{local:%Y-%m-%d %H:%M:%S %z}", text
    )


@register.filter
def megabytes(size: float | None) -> str:
    """MiB as people read them: `512 MB`, `3 GB`, `2.4 GB`."""
    if size is None:
        return ""
    if size >= 1024:
        return f"{size / 1024:.1f}".removesuffix(".0") + " GB"
    return (f"{size:.0f}" if size >= 10 else f"{size:.1f}".removesuffix(".0")) + " MB"


@register.filter
def in_megabytes(size: float | None) -> float | None:
    """Bytes as MiB, for `megabytes`; the smallest that is shown is a tenth."""
    if size is None or size <= 0:
        return size if size is None else size / (1 << 20)
    return max(0.1, size / (1 << 20))


@register.filter
def size(octets: int) -> str:
    """Bytes as people read them: `345 B`, `2 KB`, `1.5 MB`."""
    return spell_size(octets)


@register.filter
def unlocalised(number: float) -> str:
    """A number as SVG and HTML attributes want it."""
    return f"{number:g}"


@register.filter
def say(decision: Decision) -> str:
    return words.tell(decision, words.current_locale())


@register.filter
def clause(decision: Decision) -> str:
    return words.clause_mark(decision.clause, words.current_locale())


@register.filter
def role_name(role: str) -> str:
    return words.named("role_name", role)


@register.filter
def browser(agent: str) -> str:
    return agents.describe(agent)


@register.simple_tag
def page_language() -> str:
    return words.current_locale()


@register.filter
def protocol(name: str) -> str:
    return events.protocol_name(name)


@register.filter
def event_words(event: Event) -> str:
    return events.refusal(event) or events.title(event)


@register.filter
def event_details(event: Event) -> str:
    return events.details(event)
