"""Reads of imports: one, the history, its rows, what is remembered of headings.

Always: an import is seen by whoever made it and by those who hold its right over the whole company; by nobody else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Final

from django.db.models import Q, QuerySet

from hongyan.company.imports.fields import KINDS, Kind, guess, plain, problems_of
from hongyan.company.imports.models import ColumnMap, Import, ImportMade, ImportRow, ImportRules
from hongyan.company.mailboxes.models import PERSONAL_KINDS, Mailbox
from hongyan.company.people.models import Company
from hongyan.kernel.actor import Actor, Permission
from hongyan.kernel.decision import Refusal

RIGHTS: Final[dict[Kind, Permission]] = {
    "persons": "people.write", "posts": "people.write", "mailboxes": "mailbox.write", "groups": "group.write",
}  # fmt: skip
#: So many changed rows are no mass, however small the company is.
FEW: Final = 10


def kinds_for(actor: Actor, company: Company) -> list[Kind]:
    return [kind for kind in KINDS if actor.may_somewhere(RIGHTS[kind], company.slug)]


def list_imports(actor: Actor, company: Company) -> QuerySet[Import]:
    """Newest first."""
    whole = [kind for kind in KINDS if actor.may(RIGHTS[kind], company.slug)]
    seen = Q(kind__in=whole)
    if actor.account_id is not None:
        seen |= Q(account=actor.account_id)
    return Import.objects.filter(seen, company=company).select_related("task", "company").order_by("-id")


def find_import(actor: Actor, import_id: int, company: Company | None = None) -> Import:
    """Refuses `import.unknown`, also for one that the actor may not see."""
    batch = Import.objects.select_related("company", "task").filter(pk=import_id).first()
    if batch is None or (company is not None and batch.company_id != company.pk) or not may_see(actor, batch):
        raise Refusal("import.unknown", number=import_id)
    return batch


def may_see(actor: Actor, batch: Import) -> bool:
    right, slug = RIGHTS[batch.kind], batch.company.slug  # type: ignore[index]
    own = actor.account_id is not None and batch.account_id == actor.account_id
    return actor.may(right, slug) or (own and actor.may_somewhere(right, slug))


def list_rows(batch: Import, verdicts: Sequence[str] = ()) -> QuerySet[ImportRow]:
    rows = ImportRow.objects.filter(batch=batch).order_by("number", "id")
    return rows.filter(verdict__in=verdicts) if verdicts else rows


def headings_key(headings: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps([plain(h) for h in headings]).encode()).hexdigest()


def remembered(company: Company, kind: Kind, headings: Sequence[str]) -> list[str] | None:
    """The mapping that a person once confirmed for these headings."""
    found = ColumnMap.objects.filter(company=company, kind=kind, headings_key=headings_key(headings)).first()
    if found is None or len(found.columns) != len(headings) or problems_of(kind, found.columns):
        return None
    return [str(name) for name in found.columns]


def columns_for(company: Company, kind: Kind, headings: Sequence[str]) -> tuple[list[str], bool]:
    """The mapping to begin with, and whether a person has confirmed it before."""
    known = remembered(company, kind, headings)
    return (known, True) if known is not None else (guess(kind, headings), False)


def mass_percent(company: Company) -> int:
    found = ImportRules.objects.filter(company=company).values_list("mass_percent", flat=True).first()
    return 20 if found is None else found


def is_mass(batch: Import) -> bool:
    """Whether so many of those who are there change that it is asked a second time."""
    changed, there = changed_rows(batch), int(batch.counts.get("staff", 0))
    return changed > FEW and changed * 100 > mass_percent(batch.company) * there


def changed_rows(batch: Import) -> int:
    return int(batch.counts.get("move", 0)) + int(batch.counts.get("change", 0))


def to_do(batch: Import) -> int:
    return int(batch.counts.get("add", 0)) + changed_rows(batch)


def last_applied(company: Company) -> Import | None:
    """The one that can be undone: nothing was imported after it."""
    return Import.objects.filter(company=company, state="applied").order_by("-applied_at").first()


def waiting_mailboxes(batch: Import) -> QuerySet[Mailbox]:
    """Those that the import opened and whose owners have not activated them yet."""
    made = ImportMade.objects.filter(batch=batch, what="mailbox").values("ref")
    rows = Mailbox.objects.select_related("account", "person", "company").filter(
        address__in=made, kind__in=PERSONAL_KINDS, closed_at__isnull=True, account__password=""
    )
    return rows.order_by("address")
