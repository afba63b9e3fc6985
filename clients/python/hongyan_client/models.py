"""What the API takes and gives, as typed dictionaries.

Generated from the OpenAPI document by generate.py; do not edit.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class AddAlias(TypedDict):
    address: str
    target: str
    until: NotRequired[str | None]


class AddCompany(TypedDict):
    slug: str
    name: str
    locale: NotRequired[Literal["zh-Hant", "zh-Hans", "en"]]


class AddDomain(TypedDict):
    name: str
    company: NotRequired[str | None]
    alias_of: NotRequired[str | None]


class AddGroup(TypedDict):
    address: str
    name: NotRequired[str]
    who: NotRequired[Literal["anyone", "company", "members", "listed"]]
    members: NotRequired[list[str]]
    listed: NotRequired[list[str]]
    unit: NotRequired[str | None]


class AddPerson(TypedDict):
    """What is kept for the password rules alone (phone, identity number, birthday, ...) is never given back."""

    name: str
    company: NotRequired[str | None]
    number: NotRequired[str]
    locale: NotRequired[Literal["zh-Hant", "zh-Hans", "en"] | None]
    unit: NotRequired[str | None]
    post: NotRequired[str]
    head: NotRequired[bool]
    deputy: NotRequired[bool]
    grade: NotRequired[int]
    joined_on: NotRequired[str | None]
    latin_name: NotRequired[str]
    phone: NotRequired[str]
    mobile: NotRequired[str]
    identity_number: NotRequired[str]
    card_number: NotRequired[str]
    birthday: NotRequired[str | None]


class AddPost(TypedDict):
    unit: str
    post: NotRequired[str]
    head: NotRequired[bool]
    deputy: NotRequired[bool]
    grade: NotRequired[int]


class AddProfile(TypedDict):
    name: str
    unit: NotRequired[str | None]
    below: NotRequired[bool]
    post: NotRequired[str]
    grade: NotRequired[int]
    company: NotRequired[str | None]


class AddProfileItem(TypedDict):
    kind: Literal["group", "shared", "permit", "role", "size"]
    value: str
    rights: NotRequired[list[Literal["read", "write", "send_as", "on_behalf"]]]


class AddSharedMember(TypedDict):
    address: str
    rights: NotRequired[list[Literal["read", "write", "send_as", "on_behalf"]]]


class AddToken(TypedDict):
    name: str
    role: str
    company: NotRequired[str | None]
    unit: NotRequired[str | None]
    permissions: NotRequired[list[str] | None]
    expires_on: str
    per_minute: NotRequired[int]


class AddUnit(TypedDict):
    path: str
    company: NotRequired[str | None]


class AddWebhook(TypedDict):
    """Messages are signed as the Standard Webhooks specification says."""

    name: str
    url: str
    kinds: list[str]
    company: NotRequired[str | None]


class Alias(TypedDict):
    address: str
    company: str
    target: str
    until: str | None
    created_at: str


class AliasPage(TypedDict):
    items: list[Alias]
    next: str | None


class Amend(TypedDict):
    fields: dict[str, Any]


class ApplyLines(TypedDict):
    """Without `lines`, all that are clear. All of it or nothing."""

    lines: NotRequired[list[int] | None]


class Attempt(TypedDict):
    at: str
    status: int
    error: str
    milliseconds: int


class BeginLeaving(TypedDict):
    company: NotRequired[str | None]
    person: NotRequired[int | None]
    mailbox: NotRequired[str | None]
    kind: NotRequired[Literal["normal", "immediate", "scheduled"]]
    last_day: NotRequired[str | None]
    successor: NotRequired[int | None]
    reason: NotRequired[str]


class Change(TypedDict):
    field: str
    before: Any
    after: Any


class ChangeAlias(TypedDict):
    target: str
    until: NotRequired[str | None]


class ChangeCompany(TypedDict):
    """What is not named stays as it is."""

    name: NotRequired[str | None]
    locale: NotRequired[Literal["zh-Hant", "zh-Hans", "en"] | None]
    quota_mb: NotRequired[int | None]
    hourly_limit: NotRequired[int | None]
    max_message_mb: NotRequired[int | None]
    junk_days: NotRequired[int | None]
    trash_days: NotRequired[int | None]
    rename_keep_days: NotRequired[int | None]
    password_min_length: NotRequired[int | None]
    password_max_length: NotRequired[int | None]
    password_max_age_days: NotRequired[int | None]
    postmaster: NotRequired[list[str] | None]


class ChangeGroup(TypedDict):
    """What is not named stays. `listed` goes with `who`."""

    name: NotRequired[str | None]
    who: NotRequired[Literal["anyone", "company", "members", "listed"] | None]
    listed: NotRequired[list[str]]
    owner: NotRequired[int | None]


class ChangeKeeper(TypedDict):
    person: int


class ChangeLeavingRule(TypedDict):
    company: NotRequired[str | None]
    retain_days: NotRequired[int | None]
    format: NotRequired[Literal["maildir", "mbox", "eml"] | None]
    encrypt_to: NotRequired[str | None]
    automatic: NotRequired[bool | None]
    alias_days: NotRequired[int | None]


class ChangeMailbox(TypedDict):
    """What is not named stays; null returns to the company's rule."""

    quota_mb: NotRequired[int | None]
    hourly_limit: NotRequired[int | None]
    expires_on: NotRequired[str | None]


class ChangePerson(TypedDict):
    """What is not named stays."""

    name: NotRequired[str | None]
    latin_name: NotRequired[str | None]
    number: NotRequired[str | None]
    locale: NotRequired[Literal["zh-Hant", "zh-Hans", "en"] | None]
    phone: NotRequired[str | None]
    mobile: NotRequired[str | None]


class ChangePost(TypedDict):
    """What is not named stays."""

    unit: NotRequired[str | None]
    post: NotRequired[str | None]
    head: NotRequired[bool | None]
    deputy: NotRequired[bool | None]
    grade: NotRequired[int | None]


class ChangeProfile(TypedDict):
    name: str
    unit: NotRequired[str | None]
    below: NotRequired[bool]
    post: NotRequired[str]
    grade: NotRequired[int]


class ChangeRights(TypedDict):
    rights: list[Literal["read", "write", "send_as", "on_behalf"]]


class ChangeUnit(TypedDict):
    """What is not named stays. `parent`: the path of the unit above; null, when named: it stands at the top."""

    name: NotRequired[str | None]
    parent: NotRequired[str | None]
    branch: NotRequired[bool | None]


class Company(TypedDict):
    slug: str
    name: str
    locale: Literal["zh-Hant", "zh-Hans", "en"]
    quota_mb: int
    hourly_limit: int
    max_message_mb: int
    junk_days: int
    trash_days: int
    rename_keep_days: int
    password_min_length: int
    password_max_length: int
    password_max_age_days: int
    postmaster: list[str]
    created_at: str


class CompanyPage(TypedDict):
    items: list[Company]
    next: str | None


class Decide(TypedDict):
    verdict: Literal["approve", "reject", "return"]
    reason: NotRequired[str]


class Decided(TypedDict):
    id: int
    number: int
    company: str
    form: str
    title: str
    state: Literal["waiting", "returned", "ready", "stuck", "done", "rejected", "withdrawn"]
    applicant: str
    filed_as: str
    person: int | None
    name: str
    unit: str
    subject: str
    fields: dict[str, Any]
    exception: bool
    clause: str
    filed_at: str
    changed_at: str
    reason: str
    outcome: str
    path: list[Station]
    attachments: list[str]
    first_password: str


class Delivery(TypedDict):
    message_id: str
    kind: str
    state: Literal["waiting", "delivered", "failed"]
    attempts: list[Attempt]
    body: str
    created_at: str
    due_at: str | None


class DeliveryPage(TypedDict):
    items: list[Delivery]
    next: str | None


class Device(TypedDict):
    id: int
    device: str
    protocols: list[str]
    created_at: str


class Devices(TypedDict):
    items: list[Device]


class DnsRecord(TypedDict):
    name: str
    type: str
    value: str
    why: str
    need: str


class DnsRecords(TypedDict):
    domain: str
    records: list[DnsRecord]
    zone: str


class Domain(TypedDict):
    name: str
    company: str
    alias_of: str | None
    selector: str
    created_at: str


class DomainPage(TypedDict):
    items: list[Domain]
    next: str | None


class Event(TypedDict):
    number: int
    at: str
    kind: str
    actor: str
    subject: str
    params: dict[str, Any]
    hash: str


class EventPage(TypedDict):
    items: list[Event]
    next: str | None


FieldError = TypedDict(
    "FieldError",
    {
        "code": str,
        "detail": str,
        "pointer": NotRequired[str],
        "parameter": NotRequired[str],
        "in": NotRequired[str],
        "clause": NotRequired[str],
    },
)


class FileRequest(TypedDict):
    company: NotRequired[str | None]
    form: Literal[
        "personal",
        "shared",
        "section",
        "project",
        "intern",
        "quota",
        "rename",
        "alias",
        "expiry",
        "handover",
        "group",
        "group_right",
        "outside",
        "forward",
        "large",
        "password",
    ]
    person: NotRequired[int | None]
    fields: dict[str, Any]
    exception: NotRequired[bool]


class Forward(TypedDict):
    to: NotRequired[str | None]


class Found(TypedDict):
    items: list[Hit]


class Given(TypedDict):
    id: int
    address: str
    kind: Literal["group", "shared", "permit", "role", "size"]
    value: str
    profile: str
    unit: str | None
    state: Literal["given", "waiting", "failed"]
    problem: str


class Givens(TypedDict):
    items: list[Given]


class GradeName(TypedDict):
    level: int
    name: str


class Grades(TypedDict):
    items: list[GradeName]


class GrantPermit(TypedDict):
    kind: Literal["outside", "forward", "large", "group"]
    value: NotRequired[str]
    until: NotRequired[str | None]
    reason: NotRequired[str]


class GrantRole(TypedDict):
    login: str
    role: Literal["system", "office", "security", "audit", "scoped", "hr", "it"]
    company: NotRequired[str | None]
    unit: NotRequired[str | None]
    permissions: NotRequired[list[str] | None]
    until: NotRequired[str | None]
    seats: NotRequired[int | None]
    storage_mb: NotRequired[int | None]
    reason: NotRequired[str]


class Group(TypedDict):
    address: str
    company: str
    name: str
    who: Literal["anyone", "company", "members", "listed"]
    unit: str | None
    owner: int | None
    created_at: str
    members: int
    listed: list[str]


class GroupPage(TypedDict):
    items: list[GroupRow]
    next: str | None


class GroupRow(TypedDict):
    address: str
    company: str
    name: str
    who: Literal["anyone", "company", "members", "listed"]
    unit: str | None
    owner: int | None
    created_at: str


class Hit(TypedDict):
    kind: str
    key: str
    title: str
    detail: str


class IdleRule(TypedDict):
    on: bool
    notice_days: int | None
    suspend_days: int | None
    release_days: int | None


class KeepAsAlias(TypedDict):
    of: str
    until: str


class Leaders(TypedDict):
    heads: list[Somebody]
    deputies: list[Somebody]
    branch: str | None
    it_clerks: list[Somebody]


class Leave(TypedDict):
    id: int
    since: str
    until: str | None
    deputy: Somebody | None
    reason: str


class Leaves(TypedDict):
    items: list[Leave]


class Leaving(TypedDict):
    id: int
    company: str
    person: int | None
    name: str
    kind: Literal["normal", "immediate", "scheduled"]
    state: Literal["planned", "running", "retained", "done", "returned", "cancelled"]
    paused: bool
    held: bool
    last_day: str | None
    effective_at: str | None
    retain_until: str | None
    end: Literal["delete", "alias"]
    successor: int | None
    successor_left: bool
    mailboxes: list[str]
    steps: list[LeavingStep]
    archives: list[LeavingArchive]


class LeavingArchive(TypedDict):
    id: int
    address: str
    format: Literal["maildir", "mbox", "eml"]
    state: Literal["waiting", "running", "done", "failed"]
    file: str
    sha256: str
    messages: int
    size: int
    encrypted: bool


class LeavingEnd(TypedDict):
    end: Literal["delete", "alias"]


class LeavingExport(TypedDict):
    format: NotRequired[Literal["maildir", "mbox", "eml"] | None]


class LeavingLine(TypedDict):
    id: int
    company: str
    person: int | None
    name: str
    kind: Literal["normal", "immediate", "scheduled"]
    state: Literal["planned", "running", "retained", "done", "returned", "cancelled"]
    paused: bool
    blocked: list[str]
    due: str | None


class LeavingPage(TypedDict):
    items: list[LeavingLine]
    next: str | None


class LeavingReason(TypedDict):
    reason: NotRequired[str]


class LeavingRule(TypedDict):
    company: str
    retain_days: int
    format: Literal["maildir", "mbox", "eml"]
    encrypt_to: str
    automatic: bool
    alias_days: int


class LeavingStep(TypedDict):
    step: str
    state: Literal["waiting", "blocked", "done", "skipped"]
    at: str | None
    by: str
    note: str
    detail: dict[str, Any]


class LeavingSuccessor(TypedDict):
    person: int


class Left(TypedDict):
    on: NotRequired[str | None]
    kind: NotRequired[Literal["normal", "dismissed", "ended"]]


class Lend(TypedDict):
    unit: str
    until: str
    post: NotRequired[str]
    grade: NotRequired[int]


class Life(TypedDict):
    address: str
    state: Literal["requested", "activation", "first", "active", "suspended", "leaving", "retained", "closed", "alias"]
    since: str
    by: str
    until: str | None
    stops: list[StopRow]
    successor: str
    alias_of: str
    forward_to: str
    reply: dict[str, str]
    expires_on: str | None
    next_step: NextStep | None


class Lift(TypedDict):
    what: Literal["sending", "signing_in", "receiving"]


class Line(TypedDict):
    id: int
    row: int
    verdict: Literal["conflict", "leave", "move", "change", "join", "back"]
    state: Literal["open", "applied", "skipped", "gone"]
    person: int | None
    about: str
    changes: list[Change]
    problems: list[LineProblem]


class LinePage(TypedDict):
    items: list[Line]
    next: str | None


class LineProblem(TypedDict):
    column: str
    code: str
    detail: str


class Mailbox(TypedDict):
    address: str
    company: str
    kind: Literal["personal", "shared", "section", "project", "intern"]
    state: Literal["activation", "first", "active", "suspended", "leaving", "retained", "closed", "alias"]
    name: str
    person: int | None
    unit: str | None
    quota_mb: int
    opened_at: str
    expires_on: str | None
    suspended_reason: str
    own_quota_mb: int | None
    hourly_limit: int | None
    keeper: int | None
    aliases: list[str]
    groups: list[str]
    send_as: list[str]
    app_passwords: int


class MailboxPage(TypedDict):
    items: list[MailboxRow]
    next: str | None


class MailboxRow(TypedDict):
    address: str
    company: str
    kind: Literal["personal", "shared", "section", "project", "intern"]
    state: Literal["activation", "first", "active", "suspended", "leaving", "retained", "closed", "alias"]
    name: str
    person: int | None
    unit: str | None
    quota_mb: int
    opened_at: str
    expires_on: str | None


class MarkLeaving(TypedDict):
    on: NotRequired[str | None]
    successor: NotRequired[str | None]


class Member(TypedDict):
    address: str


class MemberPage(TypedDict):
    items: list[Member]
    next: str | None


class Move(TypedDict):
    at: str
    kind: str
    actor: str
    params: dict[str, Any]


class MovePreview(TypedDict):
    given: list[str]
    kept: list[str]
    taken: list[str]
    by_hand: list[str]
    keeps: list[str]


class Moves(TypedDict):
    items: list[Move]
    next: str | None


class NameGrades(TypedDict):
    """All of them: what is not named has no name afterwards."""

    company: NotRequired[str | None]
    items: list[GradeName]


class NewMailbox(TypedDict):
    address: str
    kind: NotRequired[Literal["personal", "shared", "section", "project", "intern"]]
    person: NotRequired[int | None]
    keeper: NotRequired[int | None]
    unit: NotRequired[str | None]
    name: NotRequired[str]
    quota_mb: NotRequired[int | None]
    expires_on: NotRequired[str | None]


class NewPassword(TypedDict):
    """Without both: a first password is made and answered."""

    password: NotRequired[str | None]
    activation: NotRequired[bool]


class NewToken(TypedDict):
    id: int
    name: str
    hint: str
    role: str
    company: str | None
    unit: str | None
    permissions: list[str]
    per_minute: int
    made_by: str
    created_at: str
    expires_on: str
    used_at: str | None
    state: Literal["active", "expired", "revoked", "dead"]
    token: str


class NewWebhook(TypedDict):
    id: int
    company: str
    name: str
    url: str
    kinds: list[str]
    state: Literal["active", "failing", "disabled"]
    disabled_why: str
    failing_since: str | None
    made_by: str
    created_at: str
    secret: str


class NextStep(TypedDict):
    """What comes next by itself, and why."""

    on: str | None
    code: str
    why: str
    clause: str


class OpenMailbox(TypedDict):
    """Of a mailbox that one person signs in to, the answer holds a link by which its owner chooses a password, unless `start` says otherwise or `password` is given."""

    address: str
    kind: NotRequired[Literal["personal", "shared", "section", "project", "intern"]]
    person: NotRequired[int | None]
    keeper: NotRequired[int | None]
    unit: NotRequired[str | None]
    name: NotRequired[str]
    quota_mb: NotRequired[int | None]
    expires_on: NotRequired[str | None]
    password: NotRequired[str | None]
    start: NotRequired[Literal["activation", "first_password", "nothing"]]


class OpenMailboxes(TypedDict):
    """All of them are opened or none. Their owners activate them."""

    mailboxes: list[NewMailbox]
    company: NotRequired[str | None]
    activation: NotRequired[bool]


class OpenedMailbox(TypedDict):
    address: str
    company: str
    kind: Literal["personal", "shared", "section", "project", "intern"]
    state: Literal["activation", "first", "active", "suspended", "leaving", "retained", "closed", "alias"]
    name: str
    person: int | None
    unit: str | None
    quota_mb: int
    opened_at: str
    expires_on: str | None
    suspended_reason: str
    own_quota_mb: int | None
    hourly_limit: int | None
    keeper: int | None
    aliases: list[str]
    groups: list[str]
    send_as: list[str]
    app_passwords: int
    first_password: str | None
    activation_url: str | None


class OpenedMailboxes(TypedDict):
    opened: int
    items: list[OpenedRow]


class OpenedRow(TypedDict):
    address: str
    activation_url: str | None


class Permit(TypedDict):
    id: int
    address: str
    kind: Literal["outside", "forward", "large", "group"]
    value: str
    until: str | None
    reason: str
    source: str
    granted_at: str
    granted_by: str


class PermitModes(TypedDict):
    """`everyone`, or who is `approved`: has a permit."""

    outside: Literal["everyone", "approved"]
    forward: Literal["everyone", "approved"]


class PermitPage(TypedDict):
    items: list[Permit]
    next: str | None


class Permits(TypedDict):
    items: list[Permit]


class Person(TypedDict):
    id: int
    company: str
    name: str
    latin_name: str
    number: str
    locale: Literal["zh-Hant", "zh-Hans", "en"]
    state: Literal["staff", "leave", "lent", "left"]
    joined_on: str | None
    left_on: str | None
    posts: list[Post]
    mailboxes: list[str]
    created_at: str


class PersonPage(TypedDict):
    items: list[Person]
    next: str | None


class Post(TypedDict):
    id: int
    unit: str
    post: str
    head: bool
    deputy: bool
    grade: int
    since: str | None
    until: str | None
    lent: bool


class PreviewMove(TypedDict):
    unit: str
    post: NotRequired[str]
    grade: NotRequired[int]
    leaving: NotRequired[int | None]


class Problem(TypedDict):
    """RFC 9457. `code` and `type` never depend on the language; `title` and `detail` follow Accept-Language."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    clause: NotRequired[str]
    errors: NotRequired[list[FieldError]]


class Profile(TypedDict):
    id: int
    company: str
    name: str
    unit: str | None
    below: bool
    post: str
    grade: int
    items: list[ProfileItem]


class ProfileItem(TypedDict):
    id: int
    kind: Literal["group", "shared", "permit", "role", "size"]
    value: str
    rights: list[Literal["read", "write", "send_as", "on_behalf"]]


class ProfilePage(TypedDict):
    items: list[Profile]
    next: str | None


class Relations(TypedDict):
    heads: list[Somebody]
    stand_in: Somebody | None
    branch: str | None
    it_clerks: list[Somebody]


class Release(TypedDict):
    number: int
    at: str
    base: int
    cause: str
    addresses: list[str]
    live: bool


class ReleasePage(TypedDict):
    items: list[Release]
    next: str | None


class Rename(TypedDict):
    address: str
    keep_days: NotRequired[int | None]


class Reply(TypedDict):
    texts: dict[str, str]


class Report(TypedDict):
    """A list held against the staff. Nothing of it is done before it is applied."""

    id: int
    company: str
    kind: Literal["sheet", "ldap", "scim"]
    name: str
    state: Literal["reading", "open", "settled", "replaced", "dropped"]
    whole: bool
    counts: dict[str, int]
    new_units: list[str]
    guarded: bool
    override_by: str
    override_reason: str
    by: str
    created_at: str
    settled_at: str | None


class ReportPage(TypedDict):
    items: list[Report]
    next: str | None


class Request(TypedDict):
    id: int
    number: int
    company: str
    form: str
    title: str
    state: Literal["waiting", "returned", "ready", "stuck", "done", "rejected", "withdrawn"]
    applicant: str
    filed_as: str
    person: int | None
    name: str
    unit: str
    subject: str
    fields: dict[str, Any]
    exception: bool
    clause: str
    filed_at: str
    changed_at: str
    reason: str
    outcome: str
    path: list[Station]
    attachments: list[str]


class RequestPage(TypedDict):
    items: list[RequestRow]
    next: str | None


class RequestRow(TypedDict):
    id: int
    number: int
    company: str
    form: str
    title: str
    state: Literal["waiting", "returned", "ready", "stuck", "done", "rejected", "withdrawn"]
    applicant: str
    filed_as: str
    person: int | None
    name: str
    unit: str
    subject: str
    fields: dict[str, Any]
    exception: bool
    clause: str
    filed_at: str
    changed_at: str
    reason: str
    outcome: str


class Retain(TypedDict):
    until: str
    successor: NotRequired[str | None]


class Return(TypedDict):
    """Without a unit he has his old posts again; with one, that post instead of them."""

    on: NotRequired[str | None]
    unit: NotRequired[str | None]
    post: NotRequired[str]
    grade: NotRequired[int]


class Right(TypedDict):
    address: str


class RoleGrant(TypedDict):
    id: int
    login: str
    role: str
    company: str | None
    unit: str | None
    permissions: list[str] | None
    until: str | None
    seats: int | None
    storage_mb: int | None
    granted_at: str


class RoleGrantPage(TypedDict):
    items: list[RoleGrant]
    next: str | None


class RollBack(TypedDict):
    reason: NotRequired[str]


class Said(TypedDict):
    name: str
    instead_of: str
    verdict: str
    reason: str
    by: str
    at: str


class Secret(TypedDict):
    """Told once, here."""

    address: str
    first_password: str | None
    activation_url: str | None


class Service(TypedDict):
    name: str
    state: str


class SetIdleRule(TypedDict):
    notice_days: int
    suspend_days: int
    release_days: NotRequired[int | None]


class SetPermitModes(TypedDict):
    company: NotRequired[str | None]
    outside: NotRequired[Literal["everyone", "approved"] | None]
    forward: NotRequired[Literal["everyone", "approved"] | None]


class Settled(TypedDict):
    lines: int
    report: Report


class SharedMember(TypedDict):
    address: str
    name: str
    rights: list[Literal["read", "write", "send_as", "on_behalf"]]
    keeper: bool
    state: str


class SharedMembers(TypedDict):
    items: list[SharedMember]


class SkipLines(TypedDict):
    lines: list[int]


class Somebody(TypedDict):
    id: int
    name: str


class Source(TypedDict):
    id: int
    company: str
    kind: Literal["ldap", "scim"]
    name: str
    enabled: bool
    auto: bool
    whole: bool
    every_hours: int
    key_until: str | None
    last_at: str | None
    last_error: str | None


class SourcePage(TypedDict):
    items: list[Source]
    next: str | None


class Station(TypedDict):
    round: int
    title: str
    state: str
    asked: list[str]
    office: bool
    notes: list[str]
    due_at: str | None
    said: list[Said]


class Status(TypedDict):
    """What only the machine's operator sees is null for everybody else."""

    ready: bool
    reported_at: str | None
    release: int | None
    queue: int | None
    disk_free_mb: int | None
    services: list[Service] | None
    web_url: str
    ports: dict[str, int]


class Stop(TypedDict):
    what: Literal["sending", "signing_in", "receiving"]
    reason: NotRequired[str]
    until: NotRequired[str | None]


class StopRow(TypedDict):
    what: Literal["sending", "signing_in", "receiving"]
    reason: str
    since: str
    until: str | None
    by: str


class Suspend(TypedDict):
    reason: NotRequired[str]


class TakeLeave(TypedDict):
    since: str
    until: NotRequired[str | None]
    deputy: NotRequired[int | None]
    reason: NotRequired[str]


class Task(TypedDict):
    id: int
    kind: str
    company: str | None
    state: Literal["waiting", "running", "done", "failed", "stopped"]
    done: int
    total: int
    error: str | None
    actor: str
    created_at: str
    ended_at: str | None


class TaskPage(TypedDict):
    items: list[Task]
    next: str | None


class TickStep(TypedDict):
    step: Literal["formalities", "handover", "forward"]
    note: NotRequired[str]


class Token(TypedDict):
    id: int
    name: str
    hint: str
    role: str
    company: str | None
    unit: str | None
    permissions: list[str]
    per_minute: int
    made_by: str
    created_at: str
    expires_on: str
    used_at: str | None
    state: Literal["active", "expired", "revoked", "dead"]


class TokenPage(TypedDict):
    items: list[Token]
    next: str | None


class Unit(TypedDict):
    id: int
    company: str
    path: str
    name: str
    parent: int | None
    branch: bool


class UnitPage(TypedDict):
    items: list[Unit]
    next: str | None


class Webhook(TypedDict):
    id: int
    company: str
    name: str
    url: str
    kinds: list[str]
    state: Literal["active", "failing", "disabled"]
    disabled_why: str
    failing_since: str | None
    made_by: str
    created_at: str


class WebhookPage(TypedDict):
    items: list[Webhook]
    next: str | None


class WebhookSecret(TypedDict):
    secret: str


class Withdraw(TypedDict):
    reason: NotRequired[str]
