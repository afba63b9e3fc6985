"""Many requests of one form out of a sheet (clause G2.2.1): a row for each person, who is in the staff list already.

Owns: which heading means which field of a form; finding the person of a row. Reading files is the imports' (xlsx, csv).
Never: adds persons. Always: all rows or none; what is wrong is said with the number of the row that Excel shows.
"""

from __future__ import annotations

from typing import Any, Final

from hongyan.company.imports.fields import FIELDS, plain
from hongyan.company.imports.reading.files import read
from hongyan.company.imports.reading.table import Table
from hongyan.company.people.domains import default_domain
from hongyan.company.people.models import Company, Person
from hongyan.company.people.scope import persons_within
from hongyan.company.requests.chains import require_form
from hongyan.company.requests.filing import file_many
from hongyan.company.requests.forms import FORMS, Form
from hongyan.company.requests.models import Request
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Decision, Refusal
from hongyan.kernel.wording import catalogue

MAX_ROWS: Final = 1000
_PERSONS: Final = {field.name: frozenset(field.words.split()) for field in FIELDS["persons"]}
#: Office words beside a field's own name and labels.
_WORDS: Final = {
    "address": _PERSONS["mailbox"],
    "quota_mb": _PERSONS["quota"],
    "reason": frozenset(("理由", "事由", "申請事由", "申请事由", "用途", "備註", "备注", "reason", "purpose")),
    "until": frozenset(("到期", "到期日", "到期日期", "有效期", "有效期至", "截止日期", "expires", "until", "lastday")),
    "display_name": frozenset(("顯示名", "显示名", "顯示名稱", "显示名称", "displayname")),
}


def file_sheet(*, actor: Actor, company: Company, form: str, data: bytes) -> list[Request]:
    """A request for every row. Refuses `import.file.*`, `request.sheet_headings`, `request.sheet_long`, `request.rows_refused`."""
    require_form(form)
    table, spec = read(data, "persons"), FORMS[form]
    if len(table.rows) > MAX_ROWS:
        raise Refusal("request.sheet_long", limit=MAX_ROWS)
    columns = _columns(table, spec)
    domain = default_domain(company)
    rows: list[tuple[Person, dict[str, Any]]] = []
    reasons: list[Decision] = []
    for row in table.rows:
        reasons += [Decision(flaw.code, flaw.params | {"row": row.number}) for flaw in row.flaws]
        values = {name: row.cells[index] for index, name in columns.items() if row.cells[index]}
        try:
            person = _person(actor, company, values.pop("number", ""), values.pop("name", ""))
        except Refusal as refused:
            reasons.append(Decision(refused.code, refused.decision.params | {"row": row.number}))
            continue
        if domain is not None and values.get("address") and "@" not in values["address"]:
            values["address"] += f"@{domain.name}"
        rows.append((person, values))
    if reasons:
        raise Refusal("request.rows_refused", reasons=tuple(reasons), count=len(reasons))
    return file_many(actor=actor, form=form, rows=rows, numbers=[row.number for row in table.rows])


def _columns(table: Table, form: Form) -> dict[int, str]:
    """Column -> field of the form, or `number` and `name` of the person."""
    words = {name: set(_PERSONS[name]) for name in ("number", "name")}
    for field in form.fields:
        labels = catalogue().get(f"request_field.{field.name}", {}).values()
        words[field.name] = {plain(field.name), *map(plain, labels), *_WORDS.get(field.name, ())}
    found: dict[int, str] = {}
    for index, heading in enumerate(table.headings):
        name = next((n for n, known in words.items() if plain(heading) in known), "")
        if name and name not in found.values():
            found[index] = name
    if not {"number", "name"} & set(found.values()):
        raise Refusal("request.sheet_headings", headings=[h for h in table.headings if h][:20])
    return found


def _person(actor: Actor, company: Company, number: str, name: str) -> Person:
    """By employee number, else by a name that only one has. Refuses `request.sheet_person`, `request.sheet_namesakes`."""
    people = persons_within(actor, "people.read", company).filter(left_on__isnull=True).select_related("company")
    found = list(people.filter(number=number)[:2]) if number else list(people.filter(name=name)[:2])
    if not found or (number and name and found[0].name != name):
        raise Refusal("request.sheet_person", name=name[:60], number=number[:40])
    if len(found) > 1:
        raise Refusal("request.sheet_namesakes", name=name[:60])
    return found[0]
