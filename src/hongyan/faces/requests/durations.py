"""How long requests usually take, from those that were carried out last."""

from __future__ import annotations

from datetime import timedelta
from statistics import median_low
from typing import Final

from django.utils.translation import gettext, ngettext

from hongyan.company.people.models import Company
from hongyan.company.requests.models import Request as Filed

#: So many are looked at, in all forms together.
LOOKED_AT: Final = 300
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def usual(company: Company) -> dict[str, timedelta]:
    """Form -> the median from filing to the end."""
    done = Filed.objects.filter(company=company, state="done", ended_at__isnull=False).order_by("-pk")
    took: dict[str, list[timedelta]] = {}
    for form, filed, ended in done.values_list("form", "filed_at", "ended_at")[:LOOKED_AT]:
        if ended is not None:
            took.setdefault(form, []).append(ended - filed)
    return {form: median_low(times) for form, times in took.items()}


def spelled(time: timedelta | None) -> str:
    """`usually 2 days`; nothing when it is not known."""
    if time is None:
        return ""
    if time < _HOUR:
        return gettext("usually within an hour")
    if time < _DAY:
        hours = round(time / _HOUR)
        return ngettext("usually %(n)s hour", "usually %(n)s hours", hours) % {"n": hours}
    days = round(time / _DAY)
    return ngettext("usually %(n)s day", "usually %(n)s days", days) % {"n": days}
