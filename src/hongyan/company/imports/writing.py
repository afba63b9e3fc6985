"""Sheets that we write: templates, the staff list, problems, activation links.

Always: text stays text in every spreadsheet program (a name that begins with `=` is no formula); what is kept for the
password rules alone is in none of them.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from hongyan.company.imports.fields import FIELDS, Field, Kind
from hongyan.company.imports.links import HandedOut
from hongyan.company.imports.models import Import
from hongyan.company.imports.queries import list_rows
from hongyan.company.mailboxes.models import PERSONAL_KINDS, Mailbox
from hongyan.company.people.models import Appointment, Company, Person
from hongyan.company.people.scope import persons_within
from hongyan.kernel import ledger
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Decision
from hongyan.kernel.wording import say

EXPORTED: Final = (
    "number", "name", "latin_name", "unit", "post", "head", "mailbox", "quota", "mobile", "phone", "locale",
)  # fmt: skip
TEMPLATE_ROWS: Final = 1000  #: so far down the lists of choices reach
MAX_LISTED_UNITS: Final = 2000
Line = Sequence[Any]


def field_word(name: str, locale: str) -> str:
    return say(Decision(f"import.field.{name}"), locale)


def xlsx(head: Line, lines: Iterable[Line], title: str) -> bytes:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for index in range(len(head)):
        sheet.column_dimensions[chr(65 + index)].width = 22
    bold = [WriteOnlyCell(sheet, value=text) for text in head]
    for cell in bold:
        cell.font = Font(bold=True)
    sheet.append(bold)
    for line in lines:
        sheet.append([_cell(sheet, value, WriteOnlyCell) for value in line])
    return _saved(book)


def _cell(sheet: Any, value: Any, make: Any) -> Any:
    if not isinstance(value, str) or value[:1] not in "=+-@":
        return value
    cell = make(sheet, value=value)
    cell.data_type = "s"
    return cell


def _saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_csv(head: Line, lines: Iterable[Line]) -> bytes:
    """UTF-8 with a mark, as Excel wants it; what a spreadsheet would take for a formula gets an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(head)
    for line in lines:
        writer.writerow(["'" + v if isinstance(v, str) and v[:1] in "=+-@\t\r" and v else v for v in line])
    return out.getvalue().encode("utf-8-sig")


def sheet(name: str, head: Line, lines: Iterable[Line], title: str) -> bytes:
    """In the format that the file's name asks for."""
    return as_csv(head, lines) if name.lower().endswith(".csv") else xlsx(head, lines, title)


# -- staff -----------------------------------------------------------------------------------------------
def staff_head(locale: str) -> list[str]:
    return [field_word(name, locale) for name in EXPORTED]


def export_staff(actor: Actor, company: Company, locale: str, name: str) -> Iterator[Line]:
    """`staff_lines`, and the audit says who took them."""
    actor.require_somewhere("people.read", company.slug)
    ledger.record(
        "list.exported", chain=company.slug, actor=actor.name, subject="people", format=name.rpartition(".")[2]
    )  # fmt: skip
    return staff_lines(actor, company, locale)


def staff_lines(actor: Actor, company: Company, locale: str) -> Iterator[Line]:
    """The staff within the actor's reach, as an import of persons would read it again."""
    persons = persons_within(actor, "people.read", company).filter(left_on__isnull=True).order_by("number", "pk")
    ids = list(persons.values_list("pk", flat=True))
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        posts: dict[int, Appointment] = {}
        for post in Appointment.objects.select_related("unit").filter(person__in=part, lent=False).order_by("-pk"):
            posts[post.person_id] = post
        boxes: dict[int | None, list[Mailbox]] = defaultdict(list)
        rows = Mailbox.objects.filter(person__in=part, kind__in=PERSONAL_KINDS, closed_at__isnull=True)
        for box in rows.order_by("pk"):
            boxes[box.person_id].append(box)
        found = Person.objects.in_bulk(part)
        for pk in part:
            yield _staff_line(found[pk], posts.get(pk), boxes[pk], locale)


def _staff_line(person: Person, post: Appointment | None, boxes: list[Mailbox], locale: str) -> Line:
    head = say(Decision("import.yes"), locale) if post and post.head else ""
    return [
        person.number, person.name, person.latin_name, post.unit.path if post else "", post.post if post else "", head,
        boxes[0].address if boxes else "", boxes[0].quota_mb if boxes else None, person.mobile, person.phone,
        person.locale,
    ]  # fmt: skip


# -- templates -------------------------------------------------------------------------------------------
def template(kind: Kind, locale: str, units: Sequence[str] = ()) -> bytes:
    """Headings, an example row, lists to choose from, and a sheet that explains each column."""
    from openpyxl import Workbook
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = Workbook()
    main: Any = book.active
    main.title = say(Decision(f"import.kind.{kind}"), locale)[:31]
    main.freeze_panes = "A2"
    notes = book.create_sheet(say(Decision("import.template.notes"), locale)[:31])
    notes.append([say(Decision(f"import.template.{part}"), locale) for part in ("column", "needed", "meaning")])
    for number, f in enumerate(FIELDS[kind], 1):
        letter = get_column_letter(number)
        head = main.cell(1, number, field_word(f.name, locale) + (" *" if f.required else ""))
        head.font, head.fill = Font(bold=True), PatternFill("solid", fgColor="DCE9EE")
        main.column_dimensions[letter].width = 22
        example = _example(f, locale) if number > 1 else say(Decision("import.template.example"), locale) + f.example
        cell = main.cell(2, number, example)
        cell.font, cell.data_type = Font(italic=True, color="808080"), "s"
        for row in range(2, 200):
            if f.type in ("code", "address", "addresses"):
                main.cell(row, number).number_format = "@"  # text: leading zeros and long numbers stay
        _choices(book, main, f, letter, locale, units)
        needed = say(Decision("import.yes"), locale) if f.required else ""
        notes.append([field_word(f.name, locale), needed, say(Decision(f"import.note_of.{f.name}"), locale)])
    for cell in notes[1]:
        cell.font = Font(bold=True)
    for letter, width in (("A", 24), ("B", 10), ("C", 90)):
        notes.column_dimensions[letter].width = width
    return _saved(book)


def _example(f: Field, locale: str) -> str:
    return say(Decision("import.no"), locale) if f.type == "flag" else f.example or (f.choices[0] if f.choices else "")


def _choices(book: Any, main: Any, f: Field, letter: str, locale: str, units: Sequence[str]) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    if f.type == "flag":
        values = [say(Decision("import.yes"), locale), say(Decision("import.no"), locale)]
    else:
        values = list(f.choices)
    formula = '"' + ",".join(values) + '"' if values else ""
    if f.name == "unit" and units:
        listed = book.create_sheet("units")
        listed.sheet_state = "hidden"
        for path in units[:MAX_LISTED_UNITS]:
            listed.append([path])
        formula = f"units!$A$1:$A${min(len(units), MAX_LISTED_UNITS)}"
    if formula:
        # A list to choose from; other units may be typed, other choices may not.
        rule = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=f.name != "unit")
        rule.add(f"{letter}3:{letter}{TEMPLATE_ROWS}")
        main.add_data_validation(rule)


# -- of one import ---------------------------------------------------------------------------------------
def problem_lines(batch: Import, locale: str) -> Iterator[Line]:
    """Row, column, heading, what is wrong: for the office to correct its sheet by."""
    from hongyan.company.imports.reading.table import column_letter

    headings = {column_letter(i): text for i, text in enumerate(batch.headings)}
    for row in list_rows(batch, ("bad",)).iterator():
        for column, code, params, _ in row.problems:
            yield [row.number, column, headings.get(column, ""), row.label, say(Decision(code, params), locale)]


def problem_head(locale: str) -> list[str]:
    return [say(Decision(f"import.head.{name}"), locale) for name in ("row", "column", "heading", "about", "problem")]


def link_head(locale: str) -> list[str]:
    return [
        field_word("number", locale), field_word("name", locale), field_word("mailbox", locale),
        say(Decision("import.head.link"), locale), say(Decision("import.head.until"), locale),
    ]  # fmt: skip


def link_lines(links: Iterable[HandedOut], web: str) -> Iterator[Line]:
    for each in links:
        until = each.until.strftime("%Y-%m-%d %H:%M UTC")
        yield [each.number, each.name, each.address, f"{web}/activate/{each.token}", until]
