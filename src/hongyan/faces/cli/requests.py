"""`request`: forms, list, show, file, import, decide, withdraw, amend, hand-out; chains and ready policies.

Always: root at the shell decides what is the office's to decide, and nothing that was filed at the shell.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hongyan.company.mailboxes.queries import find_mailbox
from hongyan.company.people.models import Company, Person
from hongyan.company.people.queries import find_person
from hongyan.company.requests import actions, chains, queries
from hongyan.company.requests.deciding import Outcome
from hongyan.company.requests.fields import label
from hongyan.company.requests.forms import FORMS
from hongyan.company.requests.models import STATES, Request
from hongyan.company.requests.telling import form_word
from hongyan.faces.cli.context import actor, company_named, wait_for_release
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.registry import Namespace, Subparsers
from hongyan.kernel.decision import Refusal

MOST = 1000


def register(sub: Subparsers) -> None:
    request = sub.add_parser("request", help="requests and approvals").add_subparsers(metavar="ACTION", required=True)

    def action(name: str, run: Any, text: str, number: bool = False) -> Any:
        parser = request.add_parser(name, help=text)
        if number:
            parser.add_argument("number", type=int, metavar="NUMBER")
        parser.add_argument("--company", metavar="SLUG")
        parser.set_defaults(run=run)
        return parser

    action("forms", run_forms, "the forms, their fields, and how the company uses them")
    listed = action("list", run_list, "requests, newest first")
    listed.add_argument("--state", choices=STATES)
    listed.add_argument("--form", choices=list(FORMS))
    listed.add_argument("--office", action="store_true", help="what nobody but the office moves on")
    action("show", run_show, "one request with its path", number=True)
    new = action("file", run_file, "file a request")
    new.add_argument("form", choices=list(FORMS), metavar="FORM")
    new.add_argument("fields", nargs="*", metavar="FIELD=VALUE")
    new.add_argument("--for", dest="person", metavar="PERSON", help="number of the person, or an address of his")
    new.add_argument("--attach", metavar="FILE", action="append", default=[])
    new.add_argument("--exception", action="store_true", help="a special post: the general manager decides")
    many = action("import", run_import, "file one for every row of a sheet (xlsx, csv): all or none")
    many.add_argument("form", choices=list(FORMS), metavar="FORM")
    many.add_argument("file", metavar="FILE")
    decide = action("decide", run_decide, "approve, reject or send back", number=True)
    decide.add_argument("verdict", choices=("approve", "reject", "return"))
    decide.add_argument("--reason", default="")
    withdraw = action("withdraw", run_withdraw, "end a request that is not needed any more", number=True)
    withdraw.add_argument("--reason", default="")
    amend = action("amend", run_amend, "correct an approved request that could not be done, and try again", number=True)
    amend.add_argument("fields", nargs="*", metavar="FIELD=VALUE")
    action("hand-out", run_hand_out, "the first password of an approved reset, shown once", number=True)
    pack = action("policy", run_policy, "take over a ready policy: its chains and rules")
    pack.add_argument("pack", choices=chains.PACKS)
    action("chains", run_chains, "the chains that are in use, as data")
    chain = action("chain", run_chain, "save a chain from a file as `request chains --json` shows one")
    chain.add_argument("file", type=Path, metavar="FILE")


def _found(args: Namespace) -> Request:
    return queries.find_numbered(company_named(args.company), args.number, actor())


def _fields(pairs: list[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise Refusal("request.pair", text=pair[:60])
        found[name] = value
    return found


def _person(company: Company, text: str | None) -> Person | None:
    if not text:
        return None
    if "@" in text:
        mailbox = find_mailbox(text.lower())
        if mailbox.company_id != company.pk or mailbox.person is None:
            raise Refusal("person.unknown", person=text)
        return mailbox.person
    return find_person(company, int(text) if text.isascii() and text.isdigit() else 0)


def _document(request: Request, out: Output, *, whole: bool = False) -> dict[str, Any]:
    view = queries.view(request, out.locale, whole=whole)
    document = {
        "id": view.id, "number": view.number, "company": view.company, "form": view.form, "title": view.title,
        "state": view.state, "applicant": view.applicant, "filed_as": view.filed_as, "person": view.person,
        "person_id": view.person_id, "unit": view.unit, "subject": view.subject, "fields": view.fields,
        "exception": view.exception, "rule": view.rule, "chain": view.chain, "filed_at": view.filed_at.isoformat(),
        "changed_at": view.changed_at.isoformat(), "reason": view.reason, "outcome": view.outcome,
    }  # fmt: skip
    if whole:
        document["attachments"] = list(view.attachments)
        document["path"] = [
            {
                "round": s.round, "title": s.title, "state": s.state, "asked": list(s.asked), "office": s.office,
                "notes": list(s.notes), "due_at": s.due_at.isoformat() if s.due_at else "",
                "said": [{"name": d.name, "verdict": d.verdict, "reason": d.reason, "by": d.by} for d in s.said],
            }
            for s in view.stations
        ]  # fmt: skip
    return document


def _show(request: Request, out: Output) -> None:
    document = _document(request, out, whole=True)
    state = out.say(f"request_state.{request.state}")
    lines = [f"{document['title']}  [{state}]  {document['applicant']}"]
    lines += [f"  {name}: {value}" for name, value in queries.lines_of(request, out.locale)]
    for station in document["path"]:
        office = [out.say("request_by.office")] if station["office"] and not station["asked"] else []
        asked = ", ".join([*station["asked"], *office])
        notes = "; ".join(out.say(f"request_note.{note}") for note in station["notes"])
        step = out.say(f"request_step.{station['state']}")
        lines.append(f"  {station['title']}: {step}  {asked}  {notes}".rstrip())
        lines += [
            f"    {d['name']}: {out.say('request_verdict.' + d['verdict'])} {d['reason']}".rstrip()
            for d in station["said"]
        ]
    lines += [f"  {document['outcome']}"] if document["outcome"] else []
    out.result(document, "\n".join(lines))


def _told(outcome: Outcome, out: Output) -> None:
    wait_for_release(out)
    request = outcome.request
    document = _document(request, out) | ({"first_password": outcome.secret} if outcome.secret else {})
    state = out.say(f"request_state.{request.state}")
    words = f"{document['title']}  [{state}]  {document['outcome']}".rstrip()
    out.result(document, "\n".join([words, outcome.secret]) if outcome.secret else words)


def run_forms(args: Namespace, out: Output) -> None:
    company = company_named(args.company)
    rules = chains.rules_of(company)
    rows = [
        {
            "form": form.name, "title": form_word(form.name, out.locale), "clause": form.clause,
            "enabled": rules[form.name].enabled, "chain": rules[form.name].chain,
            "exception": rules[form.name].exception, "who": [dict(c) for c in rules[form.name].who],
            "fields": [
                {"name": f.name, "label": label(f.name, out.locale), "kind": f.kind, "required": f.required}
                for f in form.fields
            ],
        }
        for form in FORMS.values()
    ]  # fmt: skip
    out.result(
        rows,
        lambda: table(
            [
                (
                    str(r["form"]), str(r["title"]), str(r["chain"]) if r["enabled"] else "-",
                    " ".join(f.name if f.required else f"[{f.name}]" for f in FORMS[str(r["form"])].fields),
                )
                for r in rows
            ]
        ),
    )  # fmt: skip


def run_list(args: Namespace, out: Output) -> None:
    company = company_named(args.company)
    rows = queries.needing_office(actor(), company) if args.office else queries.all_within(actor(), company)
    if args.state:
        rows = rows.filter(state=args.state)
    if args.form:
        rows = rows.filter(form=args.form)
    documents = [_document(request, out) for request in rows[:MOST]]
    out.result(
        documents,
        lambda: table(
            [
                (d["title"], out.say(f"request_state.{d['state']}"), d["applicant"], d["filed_at"][:16])
                for d in documents
            ]
        ),
    )


def run_show(args: Namespace, out: Output) -> None:
    _show(_found(args), out)


def run_file(args: Namespace, out: Output) -> None:
    company = company_named(args.company)
    request = actions.file_request(
        actor=actor(), company=company, form=args.form, fields=_fields(args.fields), exception=args.exception,
        for_person=_person(company, args.person), attachments=[(Path(f).name, _read(f)) for f in args.attach],
    )  # fmt: skip
    wait_for_release(out)
    _show(request, out)


def run_import(args: Namespace, out: Output) -> None:
    company, data = company_named(args.company), _read(args.file)
    filed = actions.file_sheet(actor=actor(), company=company, form=args.form, data=data)
    wait_for_release(out)
    documents = [_document(request, out) for request in filed]
    out.result(documents, lambda: table([(d["title"], out.say(f"request_state.{d['state']}")) for d in documents]))


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as problem:
        raise Refusal("request.file_unreadable", path=path, problem=problem.strerror or "") from None


def run_decide(args: Namespace, out: Output) -> None:
    request = _found(args)
    step = queries.open_step(request)
    if step is None:
        raise Refusal("request.not_open", number=request.number)
    if args.verdict == "return":
        actions.send_back(actor=actor(), step=step, reason=args.reason, by="cli")
        return _told(Outcome(_found(args)), out)
    _told(actions.decide(actor=actor(), step=step, verdict=args.verdict, reason=args.reason, by="cli"), out)
    return None


def run_withdraw(args: Namespace, out: Output) -> None:
    actions.withdraw(actor=actor(), request=_found(args), reason=args.reason)
    _told(Outcome(_found(args)), out)


def run_amend(args: Namespace, out: Output) -> None:
    _told(Outcome(actions.amend(actor=actor(), request=_found(args), fields=_fields(args.fields))), out)


def run_hand_out(args: Namespace, out: Output) -> None:
    _told(actions.carry_out(actor=actor(), request=_found(args)), out)


def run_policy(args: Namespace, out: Output) -> None:
    company = company_named(args.company)
    actions.use_pack(actor=actor(), company=company, pack=args.pack)
    title = chains.title_in(chains.pack_named(args.pack).title, out.locale)
    out.result({"company": company.slug, "policy": args.pack, "title": title}, title)


def run_chains(args: Namespace, out: Output) -> None:
    company = company_named(args.company)
    rows = [
        {"name": c.name, "version": c.version, "title": c.title, "steps": c.steps} for c in chains.chains_of(company)
    ]
    out.result(
        rows,
        lambda: "\n".join(
            f"{c['name']} {c['version']}: " + " → ".join(queries.step_title(step, out.locale) for step in c["steps"])
            for c in rows
        ),
    )


def run_chain(args: Namespace, out: Output) -> None:
    company = company_named(args.company)
    try:
        given = json.loads(_read(str(args.file)))
        name, title, steps = given["name"], given["title"], given["steps"]
        if not (isinstance(name, str) and isinstance(title, dict) and isinstance(steps, list)):
            raise TypeError
    except (ValueError, KeyError, TypeError):
        raise Refusal("request.chain_file", path=str(args.file)) from None
    if not all(isinstance(step, dict) for step in steps):
        raise Refusal("request.chain_file", path=str(args.file))
    chain = actions.save_chain(actor=actor(), company=company, name=name, title=title, steps=steps)
    out.result({"name": chain.name, "version": chain.version}, f"{chain.name} {chain.version}")
