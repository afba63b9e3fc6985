"""Web sessions: rows that their owner sees and ends, and a cookie that only opens one.

Owns: Django's session engine on `people.WebSession`, when a session dies of age, what is noted about its browser.
Never: decides who may sign in (`signin.py`, `company`); keeps anything for visitors who are not signed in.
Always: a session lives `IDLE` after its last request and `LONGEST` after its start, whichever ends first; the row
holds only a hash of the cookie, so neither the database nor a page can be used to take a session over; a deleted row
is its end at the next request.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import SessionBase, UpdateError

from hongyan.company.people.models import Account, WebSession
from hongyan.kernel import clock

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
TOUCH = timedelta(minutes=1)


def row_key(token: str) -> str:
    """The row that a cookie opens: 160 bits of SHA-256."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()[:40]


class SessionStore(SessionBase):
    """Django's interface. `row` is the living session with its account, company, person and mailbox: one query."""

    row: WebSession | None = None

    def load(self) -> dict[str, Any]:
        now = clock.now()
        self.row = (
            WebSession.objects.select_related("account__company", "account__person", "account__mailbox__company")
            .filter(session_key=row_key(self.session_key or ""), expire_date__gt=now, seen_at__gt=now - IDLE)
            .first()
        )
        if self.row is None:
            self._session_key = None
            return {}
        data: dict[str, Any] = self.decode(self.row.session_data)
        return data

    @property
    def account(self) -> Account | None:
        self.get("account")  # loads once
        return self.row.account if self.row else None

    def begin(self, account: Account, *, remote: str, agent: str, proved: bool = False) -> None:
        """Make this the account's session, under a token that nobody knew before.

        `proved`: it was opened by a password that must be changed, which need not be given again for that.
        """
        self.flush()
        self["started"] = clock.now().isoformat()
        self["account"], self["remote"], self["agent"] = account.pk, remote[:45], agent[:300]
        self["proved"] = proved
        self.create()

    def touch(self) -> None:
        """Note that the owner was here, at most once a minute."""
        now = clock.now()
        if self.row is not None and self.row.seen_at is not None and self.row.seen_at < now - TOUCH:
            WebSession.objects.filter(pk=self.row.pk).update(seen_at=now)

    def create(self) -> None:
        self._session_key = secrets.token_urlsafe(32)
        self._write(dict(self.items())).save(force_insert=True)
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            return self.create()
        row = self._write(dict(self.items()))
        if not WebSession.objects.filter(pk=row.pk).update(session_data=row.session_data, seen_at=row.seen_at):
            raise UpdateError  # ended meanwhile: it must not come back

    def _write(self, data: dict[str, Any]) -> WebSession:
        started = datetime.fromisoformat(data["started"])
        return WebSession(
            session_key=row_key(self.session_key or ""), session_data=self.encode(data), account_id=data["account"],
            expire_date=started + LONGEST, started_at=started, seen_at=clock.now(), remote=data["remote"],
            agent=data["agent"],
        )  # fmt: skip

    def exists(self, session_key: str) -> bool:
        return WebSession.objects.filter(pk=row_key(session_key)).exists()

    def delete(self, session_key: str | None = None) -> None:
        token = session_key or self.session_key
        if token:
            WebSession.objects.filter(pk=row_key(token)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        WebSession.objects.filter(expire_date__lt=clock.now()).delete()
        WebSession.objects.filter(seen_at__lt=clock.now() - IDLE).delete()


def list_sessions(account: Account) -> list[WebSession]:
    """The account's living sessions, last seen first."""
    now = clock.now()
    rows = WebSession.objects.filter(account=account, expire_date__gt=now, seen_at__gt=now - IDLE)
    return list(rows.order_by("-seen_at"))
