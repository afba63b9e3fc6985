"""How much waits for somebody's word: the number in the navigation."""

from __future__ import annotations

from hongyan.company.people.models import Account
from hongyan.company.requests import queries

MOST = 99


def waiting_for(account: Account | None) -> str:
    """`3`, `99+`; nothing when nothing waits."""
    if account is None or account.person_id is None:
        return ""
    number = queries.to_decide(account).order_by()[: MOST + 1].count()
    return f"{MOST}+" if number > MOST else str(number or "")
