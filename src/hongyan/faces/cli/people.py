"""`people import|export|template|undo`, and the import of mailboxes and groups: bulk work by spreadsheet.

Without --apply an import is only looked at: the difference report. Nothing of it stays, but a mapping given by --map is
remembered for these headings. With --whole it becomes a comparison with the whole staff (`staff.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hongyan.company.imports import actions, queries, writing
from hongyan.company.imports.applying.undoing import Undone, undo_import, untouched_homes
from hongyan.company.imports.fields import KINDS, Kind, fields_of, plain
from hongyan.company.imports.links import hand_out_links
from hongyan.company.imports.models import Import, ImportRow
from hongyan.company.imports.reading.table import MAX_BYTES
from hongyan.company.people.models import Company, Unit
from hongyan.company.tasks.progress import Progress
from hongyan.engines.desk.emptiness import with_mail
from hongyan.faces.cli import staff
from hongyan.faces.cli.context import actor, company_named, wait_for_release
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.registry import Namespace, Parser, Subparsers
from hongyan.faces.cli.telling import Teller, said_changes
from hongyan.kernel.decision import Decision, Refusal
from hongyan.kernel.instance import current

SHOWN = 200


def register(sub: Subparsers) -> None:
    people = sub.add_parser("people", help="the staff by spreadsheet").add_subparsers(metavar="ACTION", required=True)
    whole = people.add_parser("import", help="the difference that a staff list makes; with --apply it is made")
    import_arguments(whole, "persons")
    whole.add_argument("--whole", action="store_true", help="the list names everybody: who is not in it has left")
    staff.override(whole)
    each = people.add_parser("posts", help="further posts of persons, by staff number")
    import_arguments(each, "posts")
    each = people.add_parser("export", help="write the staff as a sheet that an import reads again")
    each.add_argument("file", metavar="FILE.xlsx")
    each.add_argument("--company", metavar="SLUG")
    each.set_defaults(run=run_export)
    each = people.add_parser("template", help="write an empty sheet with headings, lists and notes")
    each.add_argument("file", metavar="FILE.xlsx")
    each.add_argument("--kind", choices=KINDS, default="persons")
    each.add_argument("--company", metavar="SLUG", help="its units are listed to choose from")
    each.set_defaults(run=run_template)
    each = people.add_parser("undo", help="what of the last import can be taken back; with --apply it is")
    each.add_argument("--company", metavar="SLUG")
    each.add_argument("--apply", action="store_true")
    each.set_defaults(run=run_undo)
    each = people.add_parser("imports", help="the imports so far")
    each.add_argument("--company", metavar="SLUG")
    each.set_defaults(run=run_list)
    staff.register(people)


def add_import(sub: Subparsers, kind: Kind, summary: str) -> None:
    """`import` of this kind; also for `mailbox` and `group`."""
    import_arguments(sub.add_parser("import", help=summary), kind)


def import_arguments(parser: Parser, kind: Kind) -> None:
    parser.add_argument("file", metavar="FILE", help=".xlsx or .csv")
    parser.add_argument("--company", metavar="SLUG")
    parser.add_argument("--sheet", default="", help="of a workbook with several")
    parser.add_argument(
        "--map", action="append", default=[], metavar="HEADING=FIELD",
        help=f"what a column is (empty: not used): {', '.join(fields_of(kind))}",
    )  # fmt: skip
    parser.add_argument("--no-create-units", action="store_true", help="a unit that is not there is a problem")
    parser.add_argument("--apply", action="store_true")
    parser.add_argument("--skip-bad", action="store_true", help="leave out rows with problems")
    parser.add_argument("--sure", action="store_true", help="also when much of the staff changes")
    parser.add_argument("--links", metavar="FILE", help="write activation links of the new mailboxes there")
    parser.set_defaults(run=run_import, kind=kind)


def run_import(args: Namespace, out: Output) -> None:
    company, kind, path = company_named(args.company), args.kind, Path(args.file)
    data = _read(path)
    if args.links and Path(args.links).exists():
        raise Refusal("import.file.exists", file=args.links)
    batch = actions.upload_file(
        actor=actor(), company=company, kind=kind, data=data, file_name=path.name, sheet=args.sheet, keep=False
    )
    try:
        columns = _columns(batch, args.map)
        actions.set_columns(
            actor=actor(), batch=batch, columns=columns, create_units=not args.no_create_units
        )  # fmt: skip
        watch = Progress(tell=Teller(out))
        if getattr(args, "whole", False):
            staff.run_whole(args, out, batch, data, watch)
            return
        actions.check_data(actor=actor(), batch=batch, data=data, progress=watch)
        if args.apply:
            batch = actions.apply_import(
                actor=actor(), batch=batch, progress=watch, skip_bad=args.skip_bad, sure=args.sure
            )
        document = report(batch, out)
        text = _report_text(batch, out)
    finally:
        if batch.state != "applied":
            batch.delete()
    if args.apply:
        wait_for_release(out)
        if args.links:
            document["links"] = _write_links(batch, args.links, out)
    out.result(document, text)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Refusal("import.file.too_large", limit=MAX_BYTES)
        return path.read_bytes()
    except OSError as problem:
        raise Refusal("import.file.unreadable", file=str(path), problem=problem.strerror or "") from None


def _columns(batch: Import, given: list[str]) -> list[str]:
    """The mapping as it is known, with what --map says."""
    columns = [str(name) for name in batch.columns]
    places = {plain(heading): index for index, heading in enumerate(batch.headings)}
    for text in given:
        heading, mark, name = text.rpartition("=")
        if not mark:
            raise Refusal("import.map.malformed", text=text)
        if plain(heading) not in places:
            raise Refusal("import.map.no_heading", heading=heading, known=batch.headings)
        columns[places[plain(heading)]] = name.strip()
    return columns


# -- the report ------------------------------------------------------------------------------------------
def report(batch: Import, out: Output) -> dict[str, Any]:
    counts = {name: batch.counts.get(name, 0) for name in ("add", "move", "change", "same", "bad", "leaver")}
    return {
        "import": batch.pk if batch.state == "applied" else None,
        "applied": batch.state == "applied",
        "kind": batch.kind,
        "sheet": batch.sheet,
        "columns": [{"heading": h, "field": f} for h, f in zip(batch.headings, batch.columns, strict=True)],
        "counts": counts,
        "new_units": batch.new_units,
        "notes": [{"code": code, "message": out.say(code, **params)} for code, params in batch.notes],
        "rows": [_row(row, out) for row in queries.list_rows(batch) if row.verdict != "same"],
    }


def _row(row: ImportRow, out: Output) -> dict[str, Any]:
    return {
        "row": row.number, "verdict": row.verdict, "about": row.label,
        "changes": [{"field": name, "before": before, "after": after} for name, before, after in row.changes],
        "problems": [{"column": c, "code": code, "message": out.say(code, **p)} for c, code, p, _ in row.problems],
    }  # fmt: skip


def _report_text(batch: Import, out: Output) -> str:
    counts: Mapping[str, Any] = batch.counts
    lines = [out.say(code, **params) for code, params in batch.notes]
    unused = [h for h, f in zip(batch.headings, batch.columns, strict=True) if h and not f]
    if unused:
        lines.append(out.say("import.report.ignored", headings=unused))
    if batch.new_units:
        lines.append(out.say("import.report.units", units=batch.new_units))
    lines += _row_lines(batch, out)
    shown = {name: counts.get(name, 0) for name in ("add", "move", "change", "same", "bad", "leaver")}
    lines.append(out.say("import.report.summary", **shown))
    done = batch.state == "applied"
    lines.append(out.say("import.report.applied", number=batch.pk) if done else out.say("import.report.look"))
    return "\n".join(lines)


def _row_lines(batch: Import, out: Output) -> list[str]:
    rows: list[tuple[str, ...]] = []
    telling = queries.list_rows(batch, ("bad", "move", "change", "add", "leaver"))
    for row in telling[:SHOWN]:
        where = out.say("import.report.row", row=row.number) if row.number else ""
        rows.append((where, out.say(f"import.verdict.{row.verdict}"), row.label, _said(row, out)))
    more = telling.count() - len(rows)
    return ([table(rows)] if rows else []) + ([out.say("import.report.more", count=more)] if more > 0 else [])


def _said(row: ImportRow, out: Output) -> str:
    if row.problems:
        return " ".join(f"{column}: {out.say(code, **p)}".lstrip(": ") for column, code, p, _ in row.problems)
    return said_changes(row.changes, out)


def _write_links(batch: Import, file: str, out: Output) -> int:
    try:
        links = hand_out_links(actor=actor(), batch=batch)
    except Refusal as refusal:
        if refusal.code != "import.links.none":
            raise
        out.progress(out.tell(refusal.decision))
        return 0
    lines = writing.link_lines(links, current().web_url)
    _write(file, writing.sheet(file, writing.link_head(out.locale), lines, "links"), secret=True)
    out.progress(out.say("import.report.links", file=file))
    return len(links)


def _write(file: str, data: bytes, *, secret: bool = False) -> None:
    path = Path(file)
    if secret:
        path.touch(mode=0o600)
    path.write_bytes(data)


# -- the other commands ----------------------------------------------------------------------------------
def run_export(args: Namespace, out: Output) -> None:
    company = company_named(args.company)
    lines = list(writing.export_staff(actor(), company, out.locale, args.file))
    _write(args.file, writing.sheet(args.file, writing.staff_head(out.locale), lines, company.slug), secret=True)
    out.result({"file": args.file, "persons": len(lines)}, f"{args.file}  {len(lines)}")


def run_template(args: Namespace, out: Output) -> None:
    company: Company | None = company_named(args.company) if args.company else None
    units = (
        list(Unit.objects.filter(company=company).order_by("path").values_list("path", flat=True)) if company else []
    )
    _write(args.file, writing.template(args.kind, out.locale, units))
    out.result({"file": args.file, "kind": args.kind}, args.file)


def run_undo(args: Namespace, out: Output) -> None:
    company = company_named(args.company)
    batch = queries.last_applied(company)
    if batch is None:
        raise Refusal("import.undo.none")
    watch = Progress(tell=Teller(out))
    lies = with_mail(current(), untouched_homes(batch), lambda done, total: watch.at("mail", done, total))
    outcome = undo_import(actor=actor(), batch=batch, lies=lies, progress=watch, dry=not args.apply)
    if args.apply:
        wait_for_release(out)
    document = {"import": batch.pk, "file": batch.file_name, "undone": args.apply, **outcome.as_row()}
    out.result(document, lambda: _undo_text(outcome, out, applied=args.apply))


def _undo_text(outcome: Undone, out: Output, *, applied: bool) -> str:
    lines = [f"{out.say(f'import.thing.{what}')}: {count}" for what, count in sorted(outcome.done.items())]
    for row, what, code, params in outcome.left[:SHOWN]:
        lines.append(out.say("import.report.left", row=row, what=what, why=out.tell(Decision(code, params))))
    if len(outcome.left) > SHOWN:
        lines.append(out.say("import.report.more", count=len(outcome.left) - SHOWN))
    return "\n".join([*lines, out.say("import.report.undone" if applied else "import.report.would_undo")])


def run_list(args: Namespace, out: Output) -> None:
    batches = list(queries.list_imports(actor(), company_named(args.company))[:SHOWN])
    rows = [
        {"import": b.pk, "kind": b.kind, "file": b.file_name, "state": b.state, "by": b.actor,
         "at": b.applied_at or b.created_at}
        for b in batches
    ]  # fmt: skip
    text = [
        (str(r["import"]), out.say(f"import.kind.{r['kind']}"), out.say(f"import.state_word.{r['state']}"),
         str(r["at"])[:16], str(r["by"]), str(r["file"]))
        for r in rows
    ]  # fmt: skip
    out.result(rows, lambda: table(text))
