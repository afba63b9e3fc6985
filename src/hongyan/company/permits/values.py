"""What a permit may be for: outside addresses, sizes, groups, checked and spelled in one way.

Never: asks who may give it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from hongyan.company.mailboxes.models import Group
from hongyan.company.people.models import Company, Domain
from hongyan.company.people.settings import bounds
from hongyan.company.permits.models import KINDS
from hongyan.kernel.address import domain_of, parse_domain
from hongyan.kernel.decision import Refusal

ANYWHERE: Final = "*"
#: RFC 5322 3.2.3: local parts of others have more characters than ours.
_ATEXT = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL: Final = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*")


@dataclass(frozen=True, slots=True)
class Wanted:
    kind: str
    value: str = ""
    group: Group | None = None


def wanted(company: Company, kind: str, value: str) -> Wanted:
    """Refuses `permit.kind_unknown`, `permit.value_unfit`, `permit.target_inside`, `permit.size_range`, `group.unknown`."""
    value = value.strip()
    match kind:
        case "outside":
            if value:
                raise Refusal("permit.value_unfit", kind=kind, value=value[:80])
            return Wanted(kind)
        case "forward":
            return Wanted(kind, outside_target(company, value))
        case "large":
            return Wanted(kind, str(size_mb(value)))
        case "group":
            group = (
                Group.objects.select_related("company", "unit").filter(company=company, address=value.lower()).first()
            )
            if group is None:
                raise Refusal("group.unknown", address=value[:120])
            return Wanted(kind, "", group)
    raise Refusal("permit.kind_unknown", kind=kind[:20], known=", ".join(KINDS))


def outside_target(company: Company, text: str) -> str:
    """An address, `@domain` or `*`, as it is stored. Refuses `address.malformed`, `permit.target_inside`."""
    given = unicodedata.normalize("NFKC", text).strip().lower()
    if given == ANYWHERE:
        return given
    local, at, domain = given.rpartition("@")
    if not at or len(local) > 64 or (local and not _LOCAL.fullmatch(local)):
        raise Refusal("address.malformed", address=text[:120])
    target = f"{local}@{parse_domain(domain)}"
    if Domain.objects.filter(company=company, name=domain_of(target)).exists():
        raise Refusal("permit.target_inside", clause="B4.10", address=target[:120])
    return target


def size_mb(text: str) -> int:
    """Megabytes of one message: no more than the mail servers take. Refuses `permit.size_range`."""
    low, high = bounds("max_message_mb")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else -1
    if not low <= number <= high:
        raise Refusal("permit.size_range", value=text[:20], low=low, high=high)
    return number
