"""What permits are called."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy as _

from hongyan.company.permits.models import Permit

Text = str | Promise
KINDS: Final[tuple[tuple[str, Text], ...]] = (
    ("outside", _("Write outside")),
    ("forward", _("Forward outside")),
    ("large", _("Large messages")),
    ("group", _("Write to a group")),
)
MODES: Final[tuple[tuple[str, Text], ...]] = (("everyone", _("Everybody")), ("approved", _("Who has a permit")))


def what(permit: Permit) -> str:
    """What it is for: an address, a size; nothing more to say of writing outside."""
    if permit.kind == "large":
        return gettext("up to %(n)s MB") % {"n": permit.value}
    return gettext("any address") if permit.value == "*" else permit.subject


def source(permit: Permit) -> str:
    """Where it comes from."""
    kind, _slash, number = permit.source.partition("/")
    if kind == "request":
        return gettext("Request %(n)s") % {"n": number}
    return gettext("By the post") if kind == "profile" else gettext("By hand")
