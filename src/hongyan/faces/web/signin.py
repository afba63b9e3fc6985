"""Signing in and out at the web, the order of its steps.

Owns: asking the guard, checking the password, telling the guard, opening and leaving the session; the memory of who
was signed in here last.
Never: decides by itself who may sign in (`company`) or who guesses too much (`engines.guard`).
Always: an attempt is told to the guard and so reaches the audit; with the guard away it is slowed down here, recorded
here, and goes on.
"""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token

from hongyan.company.mailboxes.queries import require_access
from hongyan.company.people.credentials import SignIn, verify
from hongyan.company.people.models import Account
from hongyan.faces.web import attempts
from hongyan.faces.web.requests import Request, agent_of, remote_of
from hongyan.kernel.decision import Decision, Refusal

LAST_COOKIE = "hongyan-last"
_SALT = "hongyan.signin.last"
MAX_FIELD = 1024


def check(request: HttpRequest, login: str, password: str) -> SignIn:
    """A password sign-in. Refuses what `verify`, `require_access` and the guard refuse."""
    attempt = attempts.Attempt(login.strip().lower()[:254], remote_of(request), agent_of(request), password[:MAX_FIELD])
    attempts.admit(attempt)
    try:
        result = verify(attempt.login, attempt.password)
        require_access(result.account)
    except Refusal as refusal:
        attempts.failed(attempt, refusal.code)
        raise
    attempts.succeeded(attempt)
    return result


def enter(request: Request, account: Account, *, proved: bool = False) -> None:
    """Open the session under a new key, with a new form token."""
    request.session.begin(account, remote=remote_of(request), agent=agent_of(request), proved=proved)
    rotate_token(request)


def remember(response: HttpResponse, account: Account) -> None:
    """So that the sign-in page can fill in the address and say why a session ended."""
    response.set_cookie(
        LAST_COOKIE, signing.dumps(account.pk, salt=_SALT), max_age=90 * 86400, path="/signin", httponly=True,
        secure=settings.SESSION_COOKIE_SECURE, samesite="Lax",
    )  # fmt: skip


def remembered(request: HttpRequest) -> Account | None:
    """Who was signed in with this browser last; signed, so nobody asks about others."""
    try:
        pk = signing.loads(request.COOKIES.get(LAST_COOKIE, ""), salt=_SALT)
    except signing.BadSignature:
        return None
    return Account.objects.select_related("company", "mailbox__company").filter(pk=pk).first()


def forget(response: HttpResponse) -> None:
    response.delete_cookie(LAST_COOKIE, path="/signin")


def reason_for_end(account: Account) -> Decision | None:
    """Why the account may not be at the web any more, if it may not."""
    try:
        require_access(account)
    except Refusal as refusal:
        return refusal.decision
    return None
