"""Writes of the applicant: file, withdraw, come again after it was sent back, change what a stuck one asks for; attachments.

Always: permission, rows, audit event and outbox in one transaction; who files says in what capacity (himself, head, HR,
office), and that is looked up, not believed. Nobody widens his own rights by a request: a first password and an activation
link are handed out under the rights of whoever hands them out.
Clauses: G2.2.1, G3.1.2, B1.1-7, B2, B4.13, P5.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.mailboxes.scope import places_of_mailbox
from hongyan.company.people.models import Account, Company, Person, Unit
from hongyan.company.people.queries import find_company
from hongyan.company.people.relations import main_post
from hongyan.company.people.scope import places_of, places_of_unit
from hongyan.company.people.standing import is_self
from hongyan.company.requests import chains, flow, telling
from hongyan.company.requests.chains import Rule
from hongyan.company.requests.conditions import facts_for, first_that_holds
from hongyan.company.requests.fields import Asking, clean_lines, cleaned, find_mailbox_for
from hongyan.company.requests.forms import FORMS, Form
from hongyan.company.requests.models import OPEN_STATES, Attachment, Chain, Content, Request, Series
from hongyan.kernel import clock
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Decision, Refusal

MAX_ATTACHMENTS: Final = 10
MAX_BYTES: Final = 8 << 20
MAX_REASON: Final = 500
#: Open requests that one account may have at once.
MAX_OPEN: Final = 2000
#: What a file begins with, and what it is then served as. Nothing that a browser would run.
_TYPES: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"PK\x03\x04", "application/zip"),  # docx, xlsx, odt
    (b"\xd0\xcf\x11\xe0", "application/x-ole-storage"),  # doc, xls
)
File = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Standing:
    """What filing a form for a person would be: in which capacity, under which rule, or why not."""

    filed_as: str = ""
    rule: str = ""  #: the clause under which it is eligible
    exception: bool = False  #: not eligible, but the exception route is open
    refusal: Decision | None = None


# -- who may file ----------------------------------------------------------------------------------------------
def account_of(actor: Actor) -> Account | None:
    """The account that acts; None at the shell and for a program, which sits in nobody's seat."""
    return _account(actor.account_id)


def applicant_of(actor: Actor) -> Account | None:
    """Who files: for a program whoever made its token, so that he does not approve what it filed."""
    return _account(actor.account_id or actor.maker_id)


def _account(pk: int | None) -> Account | None:
    if pk is None:
        return None
    return Account.objects.select_related("person__company", "company").filter(pk=pk).first()


def company_of(actor: Actor, person: Person | None, company: Company | None) -> Company:
    """Refuses `company.unknown`, also for a company that is not the actor's."""
    found = company or (person.company if person is not None else None)
    if found is None:
        return find_company(actor.company)
    if actor.company not in ("", found.slug):
        raise Refusal("company.unknown", slug=found.slug)
    return found


def capacity(actor: Actor, form: Form, company: Company, person: Person | None, places: tuple[str, ...]) -> str:
    """In which of the form's capacities the actor may file it for the person (or for what lies there); empty: in none."""
    held = {
        "self": person is not None and is_self(actor, person),
        "head": any(g.role == "head" and g.reaches(company.slug, places) for g in actor.grants),
        "hr": actor.may("people.write", company.slug, places),
        "office": actor.may("mailbox.write", company.slug, places),
    }
    if held["office"]:
        held["hr"] = False  # the office may write people as well: it files as what it is
    return next((filer for filer in form.filers if held[filer]), "")


def standing_of(
    actor: Actor, form: Form, company: Company, person: Person | None, *, places: tuple[str, ...] | None = None,
    fields: Mapping[str, Any] | None = None,
) -> Standing:  # fmt: skip
    """Whether the actor may file this form for this person (clauses B1.1-7)."""
    rule = chains.rule_for(company, form.name)
    if not rule.enabled:
        return Standing(refusal=Decision("request.form_off", {"form": form.name}, form.clause))
    where = places if places is not None else places_of(person) if person is not None else ()
    filed_as = capacity(actor, form, company, person, where)
    if not filed_as:
        return Standing(refusal=Decision("request.not_for_him", {"form": form.name}, form.clause))
    if person is not None and person.left_on is not None:
        return Standing(refusal=Decision("request.person_left", {"name": person.name}, "G3.2.1"))
    held = first_that_holds(rule.who, facts_for(person, form=form.name, fields=fields, filed_by=filed_as))
    if held is not None:
        return Standing(filed_as, str(held.get("clause", "")))
    code = "request.exception_only" if rule.exception else "request.not_eligible"
    name = person.name if person is not None else ""
    return Standing(filed_as, "", bool(rule.exception), Decision(code, {"form": form.name, "name": name}, "B1"))


# -- file --------------------------------------------------------------------------------------------------------
def file_request(
    *, actor: Actor, form: str, fields: Mapping[str, Any], for_person: Person | None = None,
    attachments: Sequence[File] = (), exception: bool = False, company: Company | None = None,
) -> Request:  # fmt: skip
    """A request on its way. Without `for_person` it is for whoever owns or keeps the mailbox in it, else for the actor.

    Refuses `request.form_unknown`, `request.form_off`, `request.not_for_him`, `request.not_eligible`,
    `request.exception_only` (the exception route is open: file it with `exception`), `request.fields_refused` with reasons,
    `request.duplicate`, `request.attachment_*`.
    """
    chains.require_form(form)
    spec, account = FORMS[form], applicant_of(actor)
    where = company_of(actor, for_person, company)
    mailbox = _mailbox_named(spec, fields, actor, where, for_person)
    person = for_person or _owner(mailbox) or (account.person if account is not None else None)
    if person is not None and person.company_id != where.pk:
        raise Refusal("person.unknown", person=person.pk)
    if person is None and mailbox is None:
        raise Refusal("request.for_whom")
    places = places_of_mailbox(mailbox) if mailbox is not None else None
    rule = chains.rule_for(where, form)
    standing = standing_of(actor, spec, where, person, places=places, fields=fields)
    _require_standing(standing, exception)
    values = cleaned(spec, fields, Asking(where, actor, person))
    _require_fit(spec, person, mailbox)
    with transaction.atomic():
        number = _next_number(where)
        subject = str(values.get(spec.subject, ""))
        _require_single(where, form, subject, account)
        request = Request(
            company=where, number=number, form=form, fields=values, subject=subject, mailbox=mailbox, applicant=account,
            filed_by=actor.name, filed_as=standing.filed_as, person=person, unit=_unit_of(where, person, mailbox, values),
            exception=exception, rule="B1.7" if exception else standing.rule,
            chain=_chain(actor, where, rule, exception), filed_at=clock.now(), changed_at=clock.now(),
        )  # fmt: skip
        request.save()
        for name, data in attachments:
            _keep(request, actor, name, data)
        flow.record(
            request, "request.filed", actor.name, filed_as=request.filed_as, exception=exception,
            person=person.pk if person is not None else None, route=f"{request.chain.name} {request.chain.version}",
        )  # fmt: skip
        flow.begin(request, actor)
    return request


def file_many(
    *, actor: Actor, form: str, rows: Sequence[tuple[Person, Mapping[str, Any]]], exception: bool = False,
    numbers: Sequence[int] = (),
) -> list[Request]:  # fmt: skip
    """Many at once (clause G2.2.1), all or none. Refuses `request.rows_refused` with a reason for each row that is wrong.

    `numbers`: what the rows are called, where that is not 1, 2, 3.
    """
    filed: list[Request] = []
    reasons: list[Decision] = []
    with transaction.atomic():
        for number, (person, fields) in zip(numbers or range(1, len(rows) + 1), rows, strict=True):
            try:
                with transaction.atomic():
                    filed.append(
                        file_request(actor=actor, form=form, fields=fields, for_person=person, exception=exception)
                    )
            except Refusal as refused:
                for decision in refused.reasons or (refused.decision,):
                    reasons.append(Decision(decision.code, decision.params | {"row": number}, decision.clause))
        if reasons:
            raise Refusal("request.rows_refused", reasons=tuple(reasons), count=len(reasons))
    return filed


def _mailbox_named(
    form: Form, fields: Mapping[str, Any], actor: Actor, company: Company, person: Person | None
) -> Mailbox | None:
    """The mailbox that the form is about, if it is about one that exists. Refuses `request.fields_refused`."""
    field = form.field(form.subject) if form.subject else None
    if field is None or field.kind not in ("mailbox", "shared_mailbox"):
        return None
    account = applicant_of(actor)
    asking = Asking(company, actor, person or (account.person if account is not None else None))
    given = str(fields.get(field.name) or "").strip()
    try:
        if not given:
            raise Refusal("request.field_missing", clause=form.clause)
        mailbox = find_mailbox_for(given, asking)
        if person is not None and person.pk not in (mailbox.person_id, mailbox.keeper_id):
            raise Refusal("mailbox.unknown", address=mailbox.address)
    except Refusal as refused:
        why = Decision(refused.code, refused.decision.params | {"field": field.name}, refused.decision.clause)
        raise Refusal("request.fields_refused", clause=form.clause, reasons=(why,), form=form.name) from None
    return mailbox


def _owner(mailbox: Mailbox | None) -> Person | None:
    return (mailbox.person or mailbox.keeper) if mailbox is not None else None


def _unit_of(company: Company, person: Person | None, mailbox: Mailbox | None, values: dict[str, Any]) -> Unit | None:
    """Where the request lies: in the unit named in it, where the mailbox does, else where the person works."""
    if path := values.get("unit"):
        return Unit.objects.filter(company=company, path=path).first()
    if mailbox is not None and mailbox.unit is not None:
        return mailbox.unit
    post = main_post(person) if person is not None else None
    return post.unit if post is not None else None


def _require_standing(standing: Standing, exception: bool) -> None:
    refusal = standing.refusal
    if refusal is None:
        if exception:
            raise Refusal("request.exception_needless")
        return
    if standing.exception and exception:
        return
    raise Refusal(refusal.code, clause=refusal.clause, **refusal.params)


def _require_fit(form: Form, person: Person | None, mailbox: Mailbox | None) -> None:
    """What only a look at the rows can tell: a password needs an account, an expiry a mailbox that has one."""
    if form.secret and (mailbox is None or mailbox.account is None):
        raise Refusal("mailbox.no_shared_password", clause="G3.2.2", kind=mailbox.kind if mailbox else "")
    if form.name == "expiry" and mailbox is not None and mailbox.expires_on is None:
        raise Refusal("request.no_expiry", address=mailbox.address)
    if form.opens and form.name in ("personal", "intern") and person is None:
        raise Refusal("request.for_whom")


def _require_single(company: Company, form: str, subject: str, account: Account | None) -> None:
    """The same thing is not asked for twice at once; nobody floods those who decide."""
    running = Request.objects.filter(company=company, state__in=OPEN_STATES)
    same = running.filter(form=form, subject=subject).first() if subject else None
    if same is not None and form not in ("alias", "group_right", "forward"):
        raise Refusal("request.duplicate", number=same.number, form=form)
    if account is not None and running.filter(applicant=account)[: MAX_OPEN + 1].count() >= MAX_OPEN:
        raise Refusal("request.too_many", limit=MAX_OPEN)


def _next_number(company: Company) -> int:
    Series.objects.get_or_create(company=company, defaults={"pack": chains.DEFAULT_PACK})
    series = Series.objects.select_for_update().get(company=company)
    series.last += 1
    series.save(update_fields=["last"])
    return series.last


def _chain(actor: Actor, company: Company, rule: Rule, exception: bool) -> Chain:
    """The newest version of the chain, which the request keeps."""
    chain = chains.chain_named(company, rule.exception if exception else rule.chain)
    if chain._state.adding:  # the first use of what the pack offers
        chain.made_at, chain.made_by = clock.now(), actor.name
        chain.save()
    return chain


# -- afterwards ----------------------------------------------------------------------------------------------------
def is_applicant(actor: Actor, request: Request) -> bool:
    """He filed it, with whichever of his accounts."""
    if request.applicant is None:
        return actor.name == request.filed_by
    return is_self(actor, request.applicant.person, request.applicant)


def _require_applicant(actor: Actor, request: Request) -> None:
    if not is_applicant(actor, request) and not actor.may(
        "mailbox.write", request.company.slug, places_of_unit(request.unit)
    ):
        raise Refusal("request.not_yours", number=request.number)


def withdraw(*, actor: Actor, request: Request, reason: str = "") -> None:
    """It is not needed any more. Refuses `request.ended` when it has ended meanwhile."""
    _require_applicant(actor, request)
    reason = clean_lines(reason, MAX_REASON)
    with transaction.atomic():
        request = flow.locked(request.pk)
        _require_open(request)
        step = request.steps.filter(round=request.round, state="open").first()
        if step is not None:
            step.request = request
            telling.tell_asked(step, "request_withdrawn")
        flow.end(request, "withdrawn", reason)
        flow.record(request, "request.withdrawn", actor.name, reason=reason)


def resubmit(
    *, actor: Actor, request: Request, fields: Mapping[str, Any], note: str = "", attachments: Sequence[File] = ()
) -> Request:
    """Sent back, corrected, and on its way again: a new round of the same chain. Refuses `request.not_returned`."""
    if not is_applicant(actor, request):
        raise Refusal("request.not_yours", number=request.number)
    note = clean_lines(note, MAX_REASON)
    form = FORMS[request.form]
    with transaction.atomic():
        request = flow.locked(request.pk)
        if request.state != "returned":
            raise Refusal("request.not_returned", number=request.number)
        merged = dict(fields)
        if request.mailbox is not None:
            merged[form.subject] = request.mailbox.address  # what it is about stays
        values = cleaned(form, merged, Asking(request.company, actor, request.person))
        request.fields, request.subject = values, str(values.get(form.subject, request.subject))
        request.round += 1
        for name, data in attachments:
            _keep(request, actor, name, data)
        flow.record(request, "request.resubmitted", actor.name, note=note, round=request.round)
        flow.begin(request, actor)
    return request


def amend(*, actor: Actor, request: Request, fields: Mapping[str, Any], note: str = "") -> Request:
    """A stuck request with another address (or what else `Form.amendable` names), tried again at once.

    What was approved stays approved: who it is for, how much and for how long at most. By the applicant or the office.
    Refuses `request.not_stuck`, `request.not_amendable`, `request.beyond_approved`, `request.fields_refused`.
    """
    _require_applicant(actor, request)
    form, note = FORMS[request.form], clean_lines(note, MAX_REASON)
    if foreign := [name for name in fields if name not in form.amendable]:
        raise Refusal("request.not_amendable", field=foreign[0][:40], known=list(form.amendable))
    with transaction.atomic():
        request = flow.locked(request.pk)
        if request.state != "stuck":
            raise Refusal("request.not_stuck", number=request.number)
        asking = Asking(request.company, actor, request.person)
        values = cleaned(form, fields, asking, only=tuple(fields))
        before = {name: request.fields.get(name) for name in values}
        _require_within(before, values)
        request.fields = request.fields | values
        if form.subject in values:
            request.subject = str(values[form.subject])
        flow.record(request, "request.amended", actor.name, before=before, after=values, note=note)
        flow.carry_out(request, actor)
    return request


def _require_within(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Nobody enlarges what was approved: more space and a later day are asked for anew."""
    for name, value in after.items():
        old = before.get(name)
        wider = isinstance(value, int) and isinstance(old, int) and name.endswith("_mb") and value > old
        later = name == "until" and isinstance(old, str) and str(value) > old
        if wider or later:
            raise Refusal("request.beyond_approved", field=name, value=str(old))


def _require_open(request: Request) -> None:
    if request.state not in OPEN_STATES:
        raise Refusal("request.ended", number=request.number, state=request.state)


# -- attachments ---------------------------------------------------------------------------------------------------
def attach(*, actor: Actor, request: Request, name: str, data: bytes) -> Attachment:
    """One more scan, while the request runs. Refuses `request.attachment_*`, `request.ended`."""
    _require_applicant(actor, request)
    with transaction.atomic():
        request = flow.locked(request.pk)
        _require_open(request)
        row = _keep(request, actor, name, data)
        flow.record(request, "request.attached", actor.name, name=row.name, sha256=row.sha256)
    return row


def _keep(request: Request, actor: Actor, name: str, data: bytes) -> Attachment:
    if not data:
        raise Refusal("request.attachment_empty", name=name[:80])
    if len(data) > MAX_BYTES:
        raise Refusal("request.attachment_large", name=name[:80], limit=MAX_BYTES)
    if request.attachments.count() >= MAX_ATTACHMENTS:
        raise Refusal("request.attachment_many", limit=MAX_ATTACHMENTS)
    row = Attachment.objects.create(
        request=request, name=_file_name(name), media_type=media_type(data), size=len(data),
        sha256=hashlib.sha256(data).hexdigest(), added_at=clock.now(), added_by=actor.name,
    )  # fmt: skip
    Content.objects.create(attachment=row, data=data)
    return row


def _file_name(name: str) -> str:
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(c for c in last if c.isprintable()).strip()
    return plain[-200:] or "attachment"


def media_type(data: bytes) -> str:
    """By what is in it, never by its name. Refuses `request.attachment_type` for what no form needs."""
    for magic, kind in _TYPES:
        if data.startswith(magic):
            return kind
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal("request.attachment_type") from None
    if "\x00" in text:
        raise Refusal("request.attachment_type")
    return "text/plain"
