"""What pages of other rooms show of permits and of what posts bring."""

from __future__ import annotations

from typing import Any

from django import template

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.models import Person
from hongyan.company.permits import queries
from hongyan.company.profiles.queries import given_to
from hongyan.faces.console.permits import words
from hongyan.faces.console.profiles.words import spelled, told

register = template.Library()


@register.simple_tag
def mailbox_permits(mailbox: Mailbox) -> dict[str, Any]:
    """The mailbox's permits with their words, the company's modes, the kinds to choose from."""
    rows = [
        {
            "permit": row, "kind": dict(words.KINDS)[row.kind], "what": words.what(row) if row.subject else "",
            "source": words.source(row), "by_post": row.source.startswith("profile/"),
        }
        for row in queries.permits_of(mailbox)
    ]  # fmt: skip
    return {"rows": rows, "modes": queries.modes_of(mailbox.company), "kinds": words.KINDS}


@register.simple_tag
def by_posts(person: Person) -> list[dict[str, Any]]:
    """What the person has because of his posts, and what waits."""
    return [told(row) for row in given_to(person)]


@register.filter
def brought(things: list[str]) -> str:
    """Addresses as they are, codes in words."""
    return spelled(things)
