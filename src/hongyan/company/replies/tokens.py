"""The address that a notice is answered to, and what an address means.

approval+STEP-CODE@DOMAIN: the step's number and a code of it and of the account that was asked, under the instance's key. So an
answer finds its step whatever a mail program makes of subject and references, and a notice that was passed on is told apart.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from hongyan.company.mailboxes.models import Claim, Mailbox
from hongyan.company.people.domains import APPROVAL
from hongyan.company.people.models import Account
from hongyan.kernel.address import domain_of

MARK: Final = "hongyan-by"  #: the gate's (engines/gate/answers.py)
_CODE: Final = 20
_DETAIL = re.compile(rf"(?:(?P<detail>.*?)\.)?{MARK}\.(?P<local>[^=]+)=(?P<domain>.+)")
_TOKEN = re.compile(rf"(?P<step>[0-9]{{1,18}})-(?P<code>[0-9a-f]{{{_CODE}}})")


@dataclass(frozen=True, slots=True)
class Addressed:
    """What the recipient of an answer says. `step` is 0 when the address names none."""

    login: str  #: who has signed in; empty: nobody says so
    step: int = 0
    code: str = ""


def address_for(mailbox: Mailbox, step: int) -> str:
    """Where the owner of this mailbox answers about this step; empty when the address belongs to somebody."""
    if mailbox.account is None:
        return ""
    domain = domain_of(mailbox.address)
    if Claim.objects.filter(address=f"{APPROVAL}@{domain}").exists():
        return ""
    return f"{APPROVAL}+{step}-{code_of(step, mailbox.account)}@{domain}"


def code_of(step: int, account: Account) -> str:
    return hmac.new(_key(), f"{step}/{account.pk}".encode(), hashlib.sha256).hexdigest()[:_CODE]


def is_for(addressed: Addressed, account: Account) -> bool:
    return hmac.compare_digest(addressed.code, code_of(addressed.step, account))


def read(recipient: str) -> Addressed:
    """Of an LMTP recipient, which the gate has made."""
    local = recipient.strip("<>").rpartition("@")[0].lower()
    signed = _DETAIL.fullmatch(local.partition("+")[2])
    if signed is None:
        return Addressed("")
    login = f"{signed['local']}@{signed['domain']}"
    token = _TOKEN.fullmatch(signed["detail"] or "")
    return Addressed(login, int(token["step"]), token["code"]) if token else Addressed(login)


def _key() -> bytes:
    return hashlib.sha256(b"hongyan answers\0" + settings.SECRET_KEY.encode()).digest()
