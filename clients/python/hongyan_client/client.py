"""One method for each operation of the API.

Generated from the OpenAPI document by generate.py; do not edit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from hongyan_client.base import Base, quoted
from hongyan_client.models import (
    AddAlias,
    AddCompany,
    AddDomain,
    AddGroup,
    AddPerson,
    AddPost,
    AddProfile,
    AddProfileItem,
    AddSharedMember,
    AddToken,
    AddUnit,
    AddWebhook,
    Alias,
    AliasPage,
    Amend,
    ApplyLines,
    BeginLeaving,
    ChangeAlias,
    ChangeCompany,
    ChangeGroup,
    ChangeKeeper,
    ChangeLeavingRule,
    ChangeMailbox,
    ChangePerson,
    ChangePost,
    ChangeProfile,
    ChangeRights,
    ChangeUnit,
    Company,
    CompanyPage,
    Decide,
    Decided,
    Delivery,
    DeliveryPage,
    Devices,
    DnsRecords,
    Domain,
    DomainPage,
    Event,
    EventPage,
    FileRequest,
    Forward,
    Found,
    Givens,
    Grades,
    GrantPermit,
    GrantRole,
    Group,
    GroupPage,
    GroupRow,
    IdleRule,
    KeepAsAlias,
    Leaders,
    Leave,
    Leaves,
    Leaving,
    LeavingEnd,
    LeavingExport,
    LeavingLine,
    LeavingPage,
    LeavingReason,
    LeavingRule,
    LeavingSuccessor,
    Left,
    Lend,
    Life,
    Lift,
    Line,
    LinePage,
    Mailbox,
    MailboxPage,
    MailboxRow,
    MarkLeaving,
    Member,
    MemberPage,
    MovePreview,
    Moves,
    NameGrades,
    NewPassword,
    NewToken,
    NewWebhook,
    OpenedMailbox,
    OpenedMailboxes,
    OpenMailbox,
    OpenMailboxes,
    Permit,
    PermitModes,
    PermitPage,
    Permits,
    Person,
    PersonPage,
    PreviewMove,
    Profile,
    ProfilePage,
    Relations,
    Release,
    ReleasePage,
    Rename,
    Reply,
    Report,
    ReportPage,
    Request,
    RequestPage,
    RequestRow,
    Retain,
    Return,
    Right,
    RoleGrant,
    RoleGrantPage,
    RollBack,
    Secret,
    SetIdleRule,
    SetPermitModes,
    Settled,
    SharedMembers,
    SkipLines,
    Source,
    SourcePage,
    Status,
    Stop,
    Suspend,
    TakeLeave,
    Task,
    TaskPage,
    TickStep,
    Token,
    TokenPage,
    Unit,
    UnitPage,
    Webhook,
    WebhookPage,
    WebhookSecret,
    Withdraw,
)


class Client(Base):
    """The API of one instance."""

    def add_alias(self, body: AddAlias, *, idempotency_key: str | None = None) -> Alias:
        """Add an alias."""
        return cast("Alias", self._ask("POST", "/api/v1/aliases", body=body, key=idempotency_key))

    def add_company(self, body: AddCompany, *, idempotency_key: str | None = None) -> Company:
        """Add a company."""
        return cast("Company", self._ask("POST", "/api/v1/companies", body=body, key=idempotency_key))

    def add_domain(self, body: AddDomain, *, idempotency_key: str | None = None) -> Domain:
        """Add a domain, with its DKIM key."""
        return cast("Domain", self._ask("POST", "/api/v1/domains", body=body, key=idempotency_key))

    def add_group(self, body: AddGroup, *, idempotency_key: str | None = None) -> Group:
        """Add a group."""
        return cast("Group", self._ask("POST", "/api/v1/groups", body=body, key=idempotency_key))

    def add_member(self, address: str, body: Right, *, idempotency_key: str | None = None) -> Member:
        """Add a member."""
        return cast(
            "Member", self._ask("POST", f"/api/v1/groups/{quoted(address)}/members", body=body, key=idempotency_key)
        )

    def add_person(self, body: AddPerson, *, idempotency_key: str | None = None) -> Person:
        """Add a person."""
        return cast("Person", self._ask("POST", "/api/v1/persons", body=body, key=idempotency_key))

    def add_post(self, number: int, body: AddPost, *, idempotency_key: str | None = None) -> Person:
        """Give a person one more post."""
        return cast(
            "Person", self._ask("POST", f"/api/v1/persons/{quoted(number)}/posts", body=body, key=idempotency_key)
        )

    def add_profile(self, body: AddProfile, *, idempotency_key: str | None = None) -> Profile:
        """Add a profile."""
        return cast("Profile", self._ask("POST", "/api/v1/profiles", body=body, key=idempotency_key))

    def add_profile_item(self, profile: int, body: AddProfileItem, *, idempotency_key: str | None = None) -> Profile:
        """Add what a profile brings."""
        return cast(
            "Profile", self._ask("POST", f"/api/v1/profiles/{quoted(profile)}/items", body=body, key=idempotency_key)
        )

    def add_shared_member(
        self, address: str, body: AddSharedMember, *, idempotency_key: str | None = None
    ) -> SharedMembers:
        """Add a member."""
        return cast(
            "SharedMembers",
            self._ask("POST", f"/api/v1/mailboxes/{quoted(address)}/members", body=body, key=idempotency_key),
        )

    def add_token(self, body: AddToken, *, idempotency_key: str | None = None) -> NewToken:
        """Make a token; it is told once."""
        return cast("NewToken", self._ask("POST", "/api/v1/tokens", body=body, key=idempotency_key))

    def add_unit(self, body: AddUnit, *, idempotency_key: str | None = None) -> Unit:
        """Add a unit, and those above it."""
        return cast("Unit", self._ask("POST", "/api/v1/units", body=body, key=idempotency_key))

    def add_webhook(self, body: AddWebhook, *, idempotency_key: str | None = None) -> NewWebhook:
        """Subscribe; the signing secret is told once."""
        return cast("NewWebhook", self._ask("POST", "/api/v1/webhooks", body=body, key=idempotency_key))

    def amend_request(self, number: int, body: Amend, *, idempotency_key: str | None = None) -> Request:
        """Correct a stuck request and try again."""
        return cast(
            "Request", self._ask("POST", f"/api/v1/requests/{quoted(number)}/amend", body=body, key=idempotency_key)
        )

    def apply_staff_lines(self, number: int, body: ApplyLines, *, idempotency_key: str | None = None) -> Settled:
        """Apply lines of a comparison."""
        return cast(
            "Settled",
            self._ask("POST", f"/api/v1/staff-reports/{quoted(number)}/apply", body=body, key=idempotency_key),
        )

    def begin_leaving(self, body: BeginLeaving, *, idempotency_key: str | None = None) -> Leaving:
        """Somebody leaves, or a mailbox ends."""
        return cast("Leaving", self._ask("POST", "/api/v1/leavings", body=body, key=idempotency_key))

    def cancel_leaving(self, number: int, body: LeavingReason, *, idempotency_key: str | None = None) -> Leaving:
        """While the last day is not over."""
        return cast(
            "Leaving", self._ask("POST", f"/api/v1/leavings/{quoted(number)}/cancel", body=body, key=idempotency_key)
        )

    def change_alias(self, address: str, body: ChangeAlias, *, idempotency_key: str | None = None) -> Alias:
        """Let an alias lead elsewhere."""
        return cast("Alias", self._ask("PUT", f"/api/v1/aliases/{quoted(address)}", body=body, key=idempotency_key))

    def change_company(self, slug: str, body: ChangeCompany, *, idempotency_key: str | None = None) -> Company:
        """Change a company's settings."""
        return cast("Company", self._ask("PATCH", f"/api/v1/companies/{quoted(slug)}", body=body, key=idempotency_key))

    def change_group(self, address: str, body: ChangeGroup, *, idempotency_key: str | None = None) -> Group:
        """Change its name, owner, or who may write to it."""
        return cast("Group", self._ask("PATCH", f"/api/v1/groups/{quoted(address)}", body=body, key=idempotency_key))

    def change_keeper(self, address: str, body: ChangeKeeper, *, idempotency_key: str | None = None) -> SharedMembers:
        """Name another keeper."""
        return cast(
            "SharedMembers",
            self._ask("PUT", f"/api/v1/mailboxes/{quoted(address)}/keeper", body=body, key=idempotency_key),
        )

    def change_leaving_rule(self, body: ChangeLeavingRule, *, idempotency_key: str | None = None) -> LeavingRule:
        """Change it."""
        return cast("LeavingRule", self._ask("PATCH", "/api/v1/leaving-rule", body=body, key=idempotency_key))

    def change_mailbox(self, address: str, body: ChangeMailbox, *, idempotency_key: str | None = None) -> Mailbox:
        """Change size, sending limit or last day."""
        return cast(
            "Mailbox", self._ask("PATCH", f"/api/v1/mailboxes/{quoted(address)}", body=body, key=idempotency_key)
        )

    def change_person(self, number: int, body: ChangePerson, *, idempotency_key: str | None = None) -> Person:
        """Change a person's data."""
        return cast("Person", self._ask("PATCH", f"/api/v1/persons/{quoted(number)}", body=body, key=idempotency_key))

    def change_post(self, number: int, post: int, body: ChangePost, *, idempotency_key: str | None = None) -> Person:
        """Change a post."""
        return cast(
            "Person",
            self._ask(
                "PATCH", f"/api/v1/persons/{quoted(number)}/posts/{quoted(post)}", body=body, key=idempotency_key
            ),
        )

    def change_profile(self, profile: int, body: ChangeProfile, *, idempotency_key: str | None = None) -> Profile:
        """Change which posts a profile is for."""
        return cast("Profile", self._ask("PUT", f"/api/v1/profiles/{quoted(profile)}", body=body, key=idempotency_key))

    def change_shared_member(
        self, address: str, member: str, body: ChangeRights, *, idempotency_key: str | None = None
    ) -> SharedMembers:
        """Change a member's rights."""
        return cast(
            "SharedMembers",
            self._ask(
                "PUT", f"/api/v1/mailboxes/{quoted(address)}/members/{quoted(member)}", body=body, key=idempotency_key
            ),
        )

    def change_unit(self, number: int, body: ChangeUnit, *, idempotency_key: str | None = None) -> Unit:
        """Rename or move a unit, or make it a branch."""
        return cast("Unit", self._ask("PATCH", f"/api/v1/units/{quoted(number)}", body=body, key=idempotency_key))

    def choose_leaving_end(self, number: int, body: LeavingEnd, *, idempotency_key: str | None = None) -> Leaving:
        """What becomes of the address."""
        return cast(
            "Leaving", self._ask("POST", f"/api/v1/leavings/{quoted(number)}/end", body=body, key=idempotency_key)
        )

    def close_mailbox(self, address: str, body: Suspend, *, idempotency_key: str | None = None) -> Mailbox:
        """Close for good: the mail stays on disk."""
        return cast(
            "Mailbox", self._ask("POST", f"/api/v1/mailboxes/{quoted(address)}/close", body=body, key=idempotency_key)
        )

    def decide_request(self, number: int, body: Decide, *, idempotency_key: str | None = None) -> Decided:
        """Approve, reject or send back."""
        return cast(
            "Decided", self._ask("POST", f"/api/v1/requests/{quoted(number)}/decide", body=body, key=idempotency_key)
        )

    def disable_webhook(self, number: int, *, idempotency_key: str | None = None) -> Webhook:
        """Switch off."""
        return cast("Webhook", self._ask("POST", f"/api/v1/webhooks/{quoted(number)}/disable", key=idempotency_key))

    def drop_staff_report(self, number: int, *, idempotency_key: str | None = None) -> Report:
        """Drop a comparison."""
        return cast("Report", self._ask("POST", f"/api/v1/staff-reports/{quoted(number)}/drop", key=idempotency_key))

    def enable_webhook(self, number: int, *, idempotency_key: str | None = None) -> Webhook:
        """Switch on again."""
        return cast("Webhook", self._ask("POST", f"/api/v1/webhooks/{quoted(number)}/enable", key=idempotency_key))

    def end_idle_rule(self, slug: str, *, idempotency_key: str | None = None) -> None:
        """Nothing happens to unused mailboxes."""
        self._ask("DELETE", f"/api/v1/companies/{quoted(slug)}/idle-rule", key=idempotency_key)

    def end_leave(self, number: int, absence: int, *, idempotency_key: str | None = None) -> None:
        """End leave: back since today."""
        self._ask("DELETE", f"/api/v1/persons/{quoted(number)}/leave/{quoted(absence)}", key=idempotency_key)

    def end_permit(self, permit: int, *, idempotency_key: str | None = None) -> None:
        """End a permit."""
        self._ask("DELETE", f"/api/v1/permits/{quoted(permit)}", key=idempotency_key)

    def end_post(self, number: int, post: int, *, idempotency_key: str | None = None) -> None:
        """End a post."""
        self._ask("DELETE", f"/api/v1/persons/{quoted(number)}/posts/{quoted(post)}", key=idempotency_key)

    def export_leaving(self, number: int, body: LeavingExport, *, idempotency_key: str | None = None) -> Leaving:
        """Make an archive now."""
        return cast(
            "Leaving", self._ask("POST", f"/api/v1/leavings/{quoted(number)}/export", body=body, key=idempotency_key)
        )

    def file_request(self, body: FileRequest, *, idempotency_key: str | None = None) -> Request:
        """File a request."""
        return cast("Request", self._ask("POST", "/api/v1/requests", body=body, key=idempotency_key))

    def finish_leaving(self, number: int, body: LeavingReason, *, idempotency_key: str | None = None) -> Leaving:
        """Delete the mail, with a certificate."""
        return cast(
            "Leaving", self._ask("POST", f"/api/v1/leavings/{quoted(number)}/finish", body=body, key=idempotency_key)
        )

    def forward_mail(self, address: str, body: Forward, *, idempotency_key: str | None = None) -> Life:
        """A leaver's new mail goes to a colleague too."""
        return cast(
            "Life", self._ask("PUT", f"/api/v1/mailboxes/{quoted(address)}/forward", body=body, key=idempotency_key)
        )

    def grant_permit(self, address: str, body: GrantPermit, *, idempotency_key: str | None = None) -> Permit:
        """Give a permit."""
        return cast(
            "Permit", self._ask("POST", f"/api/v1/mailboxes/{quoted(address)}/permits", body=body, key=idempotency_key)
        )

    def grant_role(self, body: GrantRole, *, idempotency_key: str | None = None) -> RoleGrant:
        """Give a role."""
        return cast("RoleGrant", self._ask("POST", "/api/v1/roles", body=body, key=idempotency_key))

    def grant_send_as(self, address: str, body: Right, *, idempotency_key: str | None = None) -> Mailbox:
        """Let its owner send under an address."""
        return cast(
            "Mailbox", self._ask("POST", f"/api/v1/mailboxes/{quoted(address)}/send-as", body=body, key=idempotency_key)
        )

    def hand_out_request(self, number: int, *, idempotency_key: str | None = None) -> Decided:
        """The password of an approved reset."""
        return cast("Decided", self._ask("POST", f"/api/v1/requests/{quoted(number)}/hand-out", key=idempotency_key))

    def hold_leaving(self, number: int, body: LeavingReason, *, idempotency_key: str | None = None) -> Leaving:
        """The law asks for the mail."""
        return cast(
            "Leaving", self._ask("POST", f"/api/v1/leavings/{quoted(number)}/hold", body=body, key=idempotency_key)
        )

    def keep_as_alias(self, address: str, body: KeepAsAlias, *, idempotency_key: str | None = None) -> Life:
        """Close it; a colleague gets the address."""
        return cast(
            "Life",
            self._ask("POST", f"/api/v1/mailboxes/{quoted(address)}/keep-as-alias", body=body, key=idempotency_key),
        )

    def leave_company(self, number: int, body: Left, *, idempotency_key: str | None = None) -> Person:
        """A person has left the company."""
        return cast(
            "Person", self._ask("POST", f"/api/v1/persons/{quoted(number)}/leaving", body=body, key=idempotency_key)
        )

    def lend_person(self, number: int, body: Lend, *, idempotency_key: str | None = None) -> Person:
        """Lend a person to another unit."""
        return cast(
            "Person", self._ask("POST", f"/api/v1/persons/{quoted(number)}/loans", body=body, key=idempotency_key)
        )

    def lift_stop(self, address: str, body: Lift, *, idempotency_key: str | None = None) -> Life:
        """End a stop."""
        return cast(
            "Life", self._ask("POST", f"/api/v1/mailboxes/{quoted(address)}/lift", body=body, key=idempotency_key)
        )

    def list_aliases(
        self, *, company: str | None = None, q: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> AliasPage:
        """List aliases."""
        return cast(
            "AliasPage",
            self._ask("GET", "/api/v1/aliases", query={"company": company, "q": q, "limit": limit, "cursor": cursor}),
        )

    def all_aliases(self, *, company: str | None = None, q: str | None = None) -> Iterator[Alias]:
        """List aliases, page after page."""
        cursor: str | None = None
        while True:
            page = self.list_aliases(company=company, q=q, cursor=cursor, limit=200)
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    def list_companies(self, *, limit: int | None = None, cursor: str | None = None) -> CompanyPage:
        """List companies."""
        return cast("CompanyPage", self._ask("GET", "/api/v1/companies", query={"limit": limit, "cursor": cursor}))

    def all_companies(self) -> Iterator[Company]:
        """List companies, page after page."""
        cursor: str | None = None
        while True:
            page = self.list_companies(cursor=cursor, limit=200)
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    def list_deliveries(self, number: int, *, limit: int | None = None, cursor: str | None = None) -> DeliveryPage:
        """List its messages, newest first."""
        return cast(
            "DeliveryPage",
            self._ask("GET", f"/api/v1/webhooks/{quoted(number)}/deliveries", query={"limit": limit, "cursor": cursor}),
        )

    def all_deliveries(self, number: int) -> Iterator[Delivery]:
        """List its messages, newest first, page after page."""
        cursor: str | None = None
        while True:
            page = self.list_deliveries(number, cursor=cursor, limit=200)
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    def list_devices(self, address: str) -> Devices:
        """List its app passwords."""
        return cast("Devices", self._ask("GET", f"/api/v1/mailboxes/{quoted(address)}/devices"))

    def list_dns_records(self, name: str) -> DnsRecords:
        """The DNS records to publish."""
        return cast("DnsRecords", self._ask("GET", f"/api/v1/domains/{quoted(name)}/dns"))

    def list_domains(
        self, *, company: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> DomainPage:
        """List a company's domains."""
        return cast(
            "DomainPage",
            self._ask("GET", "/api/v1/domains", query={"company": company, "limit": limit, "cursor": cursor}),
        )

    def all_domains(self, *, company: str | None = None) -> Iterator[Domain]:
        """List a company's domains, page after page."""
        cursor: str | None = None
        while True:
            page = self.list_domains(company=company, cursor=cursor, limit=200)
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    def list_events(
        self,
        *,
        company: str | None = None,
        subject: str | None = None,
        kind: str | None = None,
        since: str | None = None,
        until: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> EventPage:
        """List a company's events (company=instance: the machine's)."""
        return cast(
            "EventPage",
            self._ask(
                "GET",
                "/api/v1/events",
                query={
                    "company": company,
                    "subject": subject,
                    "kind": kind,
                    "since": since,
                    "until": until,
                    "limit": limit,
                    "cursor": cursor,
                },
            ),
        )

    def all_events(
        self,
        *,
        company: str | None = None,
        subject: str | None = None,
        kind: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Iterator[Event]:
        """List a company's events (company=instance: the machine's), page after page."""
        cursor: str | None = None
        while True:
            page = self.list_events(
                company=company, subject=subject, kind=kind, since=since, until=until, cursor=cursor, limit=200
            )
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    def list_given(self, number: int) -> Givens:
        """List what a person has by his posts."""
        return cast("Givens", self._ask("GET", f"/api/v1/persons/{quoted(number)}/given"))

    def list_grades(self, *, company: str | None = None) -> Grades:
        """What the company calls its grades."""
        return cast("Grades", self._ask("GET", "/api/v1/grades", query={"company": company}))

    def list_groups(
        self, *, company: str | None = None, q: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> GroupPage:
        """List groups."""
        return cast(
            "GroupPage",
            self._ask("GET", "/api/v1/groups", query={"company": company, "q": q, "limit": limit, "cursor": cursor}),
        )

    def all_groups(self, *, company: str | None = None, q: str | None = None) -> Iterator[GroupRow]:
        """List groups, page after page."""
        cursor: str | None = None
        while True:
            page = self.list_groups(company=company, q=q, cursor=cursor, limit=200)
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    def list_leave(self, number: int) -> Leaves:
        """List a person's leave, the latest first."""
        return cast("Leaves", self._ask("GET", f"/api/v1/persons/{quoted(number)}/leave"))

    def list_leavings(
        self,
        *,
        company: str | None = None,
        state: Literal["planned", "running", "retained", "done", "returned", "cancelled"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> LeavingPage:
        """List a company's leavings, newest first."""
        return cast(
            "LeavingPage",
            self._ask(
                "GET", "/api/v1/leavings", query={"company": company, "state": state, "limit": limit, "cursor": cursor}
            ),
        )

    def all_leavings(
        self,
        *,
        company: str | None = None,
        state: Literal["planned", "running", "retained", "done", "returned", "cancelled"] | None = None,
    ) -> Iterator[LeavingLine]:
        """List a company's leavings, newest first, page after page."""
        cursor: str | None = None
        while True:
            page = self.list_leavings(company=company, state=state, cursor=cursor, limit=200)
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    def list_life_history(self, address: str, *, limit: int | None = None, cursor: str | None = None) -> Moves:
        """List what moved it, newest first."""
        return cast(
            "Moves",
            self._ask(
                "GET", f"/api/v1/mailboxes/{quoted(address)}/life/history", query={"limit": limit, "cursor": cursor}
            ),
        )

    def list_mailbox_permits(self, address: str) -> Permits:
        """List a mailbox's permits."""
        return cast("Permits", self._ask("GET", f"/api/v1/mailboxes/{quoted(address)}/permits"))

    def list_mailboxes(
        self,
        *,
        company: str | None = None,
        q: str | None = None,
        state: Literal["activation", "first", "active", "suspended", "leaving", "retained", "closed", "alias"]
        | None = None,
        kind: Literal["personal", "shared", "section", "project", "intern"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> MailboxPage:
        """List mailboxes."""
        return cast(
            "MailboxPage",
            self._ask(
                "GET",
                "/api/v1/mailboxes",
                query={"company": company, "q": q, "state": state, "kind": kind, "limit": limit, "cursor": cursor},
            ),
        )

    def all_mailboxes(
        self,
        *,
        company: str | None = None,
        q: str | None = None,
        state: Literal["activation", "first", "active", "suspended", "leaving", "retained", "closed", "alias"]
        | None = None,
        kind: Literal["personal", "shared", "section", "project", "intern"] | None = None,
    ) -> Iterator[MailboxRow]:
        """List mailboxes, page after page."""
        cursor: str | None = None
        while True:
            page = self.list_mailboxes(company=company, q=q, state=state, kind=kind, cursor=cursor, limit=200)
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    def list_members(self, address: str, *, limit: int | None = None, cursor: str | None = None) -> MemberPage:
        """List a group's members."""
        return cast(
            "MemberPage",
            self._ask("GET", f"/api/v1/groups/{quoted(address)}/members", query={"limit": limit, "cursor": cursor}),
        )

    def all_members(self, address: str) -> Iterator[Member]:
        """List a group's members, page after page."""
        cursor: str | None = None
        while True:
            page = self.list_members(address, cursor=cursor, limit=200)
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    def list_permits(
        self,
        *,
        company: str | None = None,
        kind: Literal["outside", "forward", "large", "group"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> PermitPage:
        """List permits."""
        return cast(
            "PermitPage",
            self._ask(
                "GET", "/api/v1/permits", query={"company": company, "kind": kind, "limit": limit, "cursor": cursor}
            ),
        )

    def all_permits(
        self, *, company: str | None = None, kind: Literal["outside", "forward", "large", "group"] | None = None
    ) -> Iterator[Permit]:
        """List permits, page after page."""
        cursor: str | None = None
        while True:
            page = self.list_permits(company=company, kind=kind, cursor=cursor, limit=200)
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    def list_persons(
        self,
        *,
        company: str | None = None,
        q: str | None = None,
        number: str | None = None,
        state: Literal["staff", "leave", "lent", "left"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> PersonPage:
        """List persons."""
        return cast(
            "PersonPage",
            self._ask(
                "GET",
                "/api/v1/persons",
                query={"company": company, "q": q, "number": number, "state": state, "limit": limit, "cursor": cursor},
            ),
        )

    def all_persons(
        self,
        *,
        company: str | None = None,
        q: str | None = None,
        number: str | None = None,
        state: Literal["staff", "leave", "lent", "left"] | None = None,
    ) -> Iterator[Person]:
        """List persons, page after page."""
        cursor: str | None = None
        while True:
            page = self.list_persons(company=company, q=q, number=number, state=state, cursor=cursor, limit=200)
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    def list_profiles(
        self, *, company: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> ProfilePage:
        """List profiles of posts."""
        return cast(
            "ProfilePage",
            self._ask("GET", "/api/v1/profiles", query={"company": company, "limit": limit, "cursor": cursor}),
        )

    def all_profiles(self, *, company: str | None = None) -> Iterator[Profile]:
        """List profiles of posts, page after page."""
        cursor: str | None = None
        while True:
            page = self.list_profiles(company=company, cursor=cursor, limit=200)
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    def list_releases(self, *, limit: int | None = None, cursor: int | None = None) -> ReleasePage:
        """List releases on disk, newest first."""
        return cast("ReleasePage", self._ask("GET", "/api/v1/releases", query={"limit": limit, "cursor": cursor}))

    def all_releases(self) -> Iterator[Release]:
        """List releases on disk, newest first, page after page."""
        cursor: str | None = None
        while True:
            page = self.list_releases(cursor=int(cursor) if cursor else None, limit=200)
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    def list_requests(
        self,
        *,
        company: str | None = None,
        state: Literal["waiting", "returned", "ready", "stuck", "done", "rejected", "withdrawn"] | None = None,
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
        | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> RequestPage:
        """List requests, newest first."""
        return cast(
            "RequestPage",
            self._ask(
                "GET",
                "/api/v1/requests",
                query={"company": company, "state": state, "form": form, "limit": limit, "cursor": cursor},
            ),
        )

    def all_requests(
        self,
        *,
        company: str | None = None,
        state: Literal["waiting", "returned", "ready", "stuck", "done", "rejected", "withdrawn"] | None = None,
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
        | None = None,
    ) -> Iterator[RequestRow]:
        """List requests, newest first, page after page."""
        cursor: str | None = None
        while True:
            page = self.list_requests(company=company, state=state, form=form, cursor=cursor, limit=200)
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    def list_roles(
        self, *, company: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> RoleGrantPage:
        """List who holds a role in a company."""
        return cast(
            "RoleGrantPage",
            self._ask("GET", "/api/v1/roles", query={"company": company, "limit": limit, "cursor": cursor}),
        )

    def all_roles(self, *, company: str | None = None) -> Iterator[RoleGrant]:
        """List who holds a role in a company, page after page."""
        cursor: str | None = None
        while True:
            page = self.list_roles(company=company, cursor=cursor, limit=200)
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    def list_shared_members(self, address: str) -> SharedMembers:
        """List its keeper and members."""
        return cast("SharedMembers", self._ask("GET", f"/api/v1/mailboxes/{quoted(address)}/members"))

    def list_staff_lines(
        self,
        number: int,
        *,
        verdict: Literal["conflict", "leave", "move", "change", "join", "back"] | None = None,
        state: Literal["open", "applied", "skipped", "gone"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> LinePage:
        """List what a comparison found."""
        return cast(
            "LinePage",
            self._ask(
                "GET",
                f"/api/v1/staff-reports/{quoted(number)}/lines",
                query={"verdict": verdict, "state": state, "limit": limit, "cursor": cursor},
            ),
        )

    def all_staff_lines(
        self,
        number: int,
        *,
        verdict: Literal["conflict", "leave", "move", "change", "join", "back"] | None = None,
        state: Literal["open", "applied", "skipped", "gone"] | None = None,
    ) -> Iterator[Line]:
        """List what a comparison found, page after page."""
        cursor: str | None = None
        while True:
            page = self.list_staff_lines(number, verdict=verdict, state=state, cursor=cursor, limit=200)
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    def list_staff_reports(
        self,
        *,
        company: str | None = None,
        state: Literal["reading", "open", "settled", "replaced", "dropped"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ReportPage:
        """List comparisons of staff lists, newest first."""
        return cast(
            "ReportPage",
            self._ask(
                "GET",
                "/api/v1/staff-reports",
                query={"company": company, "state": state, "limit": limit, "cursor": cursor},
            ),
        )

    def all_staff_reports(
        self,
        *,
        company: str | None = None,
        state: Literal["reading", "open", "settled", "replaced", "dropped"] | None = None,
    ) -> Iterator[Report]:
        """List comparisons of staff lists, newest first, page after page."""
        cursor: str | None = None
        while True:
            page = self.list_staff_reports(company=company, state=state, cursor=cursor, limit=200)
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    def list_staff_sources(
        self, *, company: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> SourcePage:
        """List directories and identity providers."""
        return cast(
            "SourcePage",
            self._ask("GET", "/api/v1/staff-sources", query={"company": company, "limit": limit, "cursor": cursor}),
        )

    def all_staff_sources(self, *, company: str | None = None) -> Iterator[Source]:
        """List directories and identity providers, page after page."""
        cursor: str | None = None
        while True:
            page = self.list_staff_sources(company=company, cursor=cursor, limit=200)
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    def list_tasks(self, *, limit: int | None = None, cursor: str | None = None) -> TaskPage:
        """List background work, newest first."""
        return cast("TaskPage", self._ask("GET", "/api/v1/tasks", query={"limit": limit, "cursor": cursor}))

    def all_tasks(self) -> Iterator[Task]:
        """List background work, newest first, page after page."""
        cursor: str | None = None
        while True:
            page = self.list_tasks(cursor=cursor, limit=200)
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    def list_tokens(
        self, *, company: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> TokenPage:
        """List a company's tokens (company=*: the machine's)."""
        return cast(
            "TokenPage",
            self._ask("GET", "/api/v1/tokens", query={"company": company, "limit": limit, "cursor": cursor}),
        )

    def all_tokens(self, *, company: str | None = None) -> Iterator[Token]:
        """List a company's tokens (company=*: the machine's), page after page."""
        cursor: str | None = None
        while True:
            page = self.list_tokens(company=company, cursor=cursor, limit=200)
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    def list_units(
        self, *, company: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> UnitPage:
        """List the company's tree, in its order."""
        return cast(
            "UnitPage", self._ask("GET", "/api/v1/units", query={"company": company, "limit": limit, "cursor": cursor})
        )

    def all_units(self, *, company: str | None = None) -> Iterator[Unit]:
        """List the company's tree, in its order, page after page."""
        cursor: str | None = None
        while True:
            page = self.list_units(company=company, cursor=cursor, limit=200)
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    def list_webhooks(
        self, *, company: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> WebhookPage:
        """List a company's webhooks."""
        return cast(
            "WebhookPage",
            self._ask("GET", "/api/v1/webhooks", query={"company": company, "limit": limit, "cursor": cursor}),
        )

    def all_webhooks(self, *, company: str | None = None) -> Iterator[Webhook]:
        """List a company's webhooks, page after page."""
        cursor: str | None = None
        while True:
            page = self.list_webhooks(company=company, cursor=cursor, limit=200)
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    def mark_leaving(self, address: str, body: MarkLeaving, *, idempotency_key: str | None = None) -> Life:
        """Its owner leaves: it works until stopped."""
        return cast(
            "Life", self._ask("POST", f"/api/v1/mailboxes/{quoted(address)}/leave", body=body, key=idempotency_key)
        )

    def name_grades(self, body: NameGrades, *, idempotency_key: str | None = None) -> Grades:
        """Name the company's grades, all at once."""
        return cast("Grades", self._ask("PUT", "/api/v1/grades", body=body, key=idempotency_key))

    def name_leaver_successor(
        self, number: int, body: LeavingSuccessor, *, idempotency_key: str | None = None
    ) -> Leaving:
        """Name who takes over."""
        return cast(
            "Leaving", self._ask("POST", f"/api/v1/leavings/{quoted(number)}/successor", body=body, key=idempotency_key)
        )

    def open_mailbox(self, body: OpenMailbox, *, idempotency_key: str | None = None) -> OpenedMailbox:
        """Open a mailbox."""
        return cast("OpenedMailbox", self._ask("POST", "/api/v1/mailboxes", body=body, key=idempotency_key))

    def open_mailboxes(self, body: OpenMailboxes, *, idempotency_key: str | None = None) -> OpenedMailboxes:
        """Open up to 1000 mailboxes."""
        return cast("OpenedMailboxes", self._ask("POST", "/api/v1/mailboxes/bulk", body=body, key=idempotency_key))

    def pause_leaving(self, number: int, body: LeavingReason, *, idempotency_key: str | None = None) -> Leaving:
        """Nothing more is done by itself."""
        return cast(
            "Leaving", self._ask("POST", f"/api/v1/leavings/{quoted(number)}/pause", body=body, key=idempotency_key)
        )

    def preview_move(self, number: int, body: PreviewMove, *, idempotency_key: str | None = None) -> MovePreview:
        """Show what a move would change."""
        return cast(
            "MovePreview",
            self._ask("POST", f"/api/v1/persons/{quoted(number)}/move-preview", body=body, key=idempotency_key),
        )

    def release_leaving(self, number: int, body: LeavingReason, *, idempotency_key: str | None = None) -> Leaving:
        """The legal hold ends."""
        return cast(
            "Leaving", self._ask("POST", f"/api/v1/leavings/{quoted(number)}/release", body=body, key=idempotency_key)
        )

    def remove_alias(self, address: str, *, idempotency_key: str | None = None) -> None:
        """Remove an alias."""
        self._ask("DELETE", f"/api/v1/aliases/{quoted(address)}", key=idempotency_key)

    def remove_domain(self, name: str, *, idempotency_key: str | None = None) -> None:
        """Remove a domain without addresses."""
        self._ask("DELETE", f"/api/v1/domains/{quoted(name)}", key=idempotency_key)

    def remove_group(self, address: str, *, idempotency_key: str | None = None) -> None:
        """Remove a group."""
        self._ask("DELETE", f"/api/v1/groups/{quoted(address)}", key=idempotency_key)

    def remove_member(self, address: str, member: str, *, idempotency_key: str | None = None) -> None:
        """Remove a member."""
        self._ask("DELETE", f"/api/v1/groups/{quoted(address)}/members/{quoted(member)}", key=idempotency_key)

    def remove_profile(self, profile: int, *, idempotency_key: str | None = None) -> None:
        """Remove a profile; what it brought is taken back."""
        self._ask("DELETE", f"/api/v1/profiles/{quoted(profile)}", key=idempotency_key)

    def remove_profile_item(self, profile: int, item: int, *, idempotency_key: str | None = None) -> None:
        """Remove what a profile brings."""
        self._ask("DELETE", f"/api/v1/profiles/{quoted(profile)}/items/{quoted(item)}", key=idempotency_key)

    def remove_shared_member(self, address: str, member: str, *, idempotency_key: str | None = None) -> None:
        """Remove a member."""
        self._ask("DELETE", f"/api/v1/mailboxes/{quoted(address)}/members/{quoted(member)}", key=idempotency_key)

    def remove_unit(self, number: int, *, idempotency_key: str | None = None) -> None:
        """Remove an empty unit."""
        self._ask("DELETE", f"/api/v1/units/{quoted(number)}", key=idempotency_key)

    def remove_webhook(self, number: int, *, idempotency_key: str | None = None) -> None:
        """Remove a webhook."""
        self._ask("DELETE", f"/api/v1/webhooks/{quoted(number)}", key=idempotency_key)

    def rename_group(self, address: str, body: Rename, *, idempotency_key: str | None = None) -> Group:
        """Give a group another address."""
        return cast(
            "Group", self._ask("POST", f"/api/v1/groups/{quoted(address)}/rename", body=body, key=idempotency_key)
        )

    def rename_mailbox(self, address: str, body: Rename, *, idempotency_key: str | None = None) -> Mailbox:
        """Give a mailbox another address."""
        return cast(
            "Mailbox", self._ask("POST", f"/api/v1/mailboxes/{quoted(address)}/rename", body=body, key=idempotency_key)
        )

    def resend_delivery(self, number: int, message_id: str, *, idempotency_key: str | None = None) -> Delivery:
        """Send a message again."""
        return cast(
            "Delivery",
            self._ask(
                "POST", f"/api/v1/webhooks/{quoted(number)}/deliveries/{quoted(message_id)}/resend", key=idempotency_key
            ),
        )

    def resume_leaving(self, number: int, *, idempotency_key: str | None = None) -> Leaving:
        """Go on."""
        return cast("Leaving", self._ask("POST", f"/api/v1/leavings/{quoted(number)}/resume", key=idempotency_key))

    def resume_mailbox(self, address: str, *, idempotency_key: str | None = None) -> Mailbox:
        """Resume a suspended mailbox."""
        return cast("Mailbox", self._ask("POST", f"/api/v1/mailboxes/{quoted(address)}/resume", key=idempotency_key))

    def retain_mailbox(self, address: str, body: Retain, *, idempotency_key: str | None = None) -> Life:
        """Keep it for a time: nobody signs in."""
        return cast(
            "Life", self._ask("POST", f"/api/v1/mailboxes/{quoted(address)}/retain", body=body, key=idempotency_key)
        )

    def return_loan(self, number: int, post: int, *, idempotency_key: str | None = None) -> None:
        """End a loan."""
        self._ask("DELETE", f"/api/v1/persons/{quoted(number)}/loans/{quoted(post)}", key=idempotency_key)

    def return_person(self, number: int, body: Return, *, idempotency_key: str | None = None) -> Person:
        """A person who had left is back."""
        return cast(
            "Person", self._ask("POST", f"/api/v1/persons/{quoted(number)}/return", body=body, key=idempotency_key)
        )

    def revoke_device(self, address: str, number: int, *, idempotency_key: str | None = None) -> None:
        """Revoke an app password."""
        self._ask("DELETE", f"/api/v1/mailboxes/{quoted(address)}/devices/{quoted(number)}", key=idempotency_key)

    def revoke_role(self, number: int, *, idempotency_key: str | None = None) -> None:
        """Take a role."""
        self._ask("DELETE", f"/api/v1/roles/{quoted(number)}", key=idempotency_key)

    def revoke_send_as(self, address: str, other: str, *, idempotency_key: str | None = None) -> Mailbox:
        """Take that right."""
        return cast(
            "Mailbox",
            self._ask("DELETE", f"/api/v1/mailboxes/{quoted(address)}/send-as/{quoted(other)}", key=idempotency_key),
        )

    def revoke_token(self, number: int, *, idempotency_key: str | None = None) -> None:
        """Revoke a token."""
        self._ask("DELETE", f"/api/v1/tokens/{quoted(number)}", key=idempotency_key)

    def roll_back_release(self, number: int, body: RollBack, *, idempotency_key: str | None = None) -> Release:
        """Have an earlier release's files published again."""
        return cast(
            "Release", self._ask("POST", f"/api/v1/releases/{quoted(number)}/roll-back", body=body, key=idempotency_key)
        )

    def rotate_webhook_secret(self, number: int, *, idempotency_key: str | None = None) -> WebhookSecret:
        """A new secret, told once."""
        return cast(
            "WebhookSecret", self._ask("POST", f"/api/v1/webhooks/{quoted(number)}/secret", key=idempotency_key)
        )

    def search(self, *, q: str | None = None, company: str | None = None) -> Found:
        """Find anything by name, pinyin, initials, address, number."""
        return cast("Found", self._ask("GET", "/api/v1/search", query={"q": q, "company": company}))

    def set_default_domain(self, name: str, *, idempotency_key: str | None = None) -> Domain:
        """New addresses get this domain."""
        return cast("Domain", self._ask("POST", f"/api/v1/domains/{quoted(name)}/default", key=idempotency_key))

    def set_idle_rule(self, slug: str, body: SetIdleRule, *, idempotency_key: str | None = None) -> IdleRule:
        """Set what happens to unused mailboxes."""
        return cast(
            "IdleRule", self._ask("PUT", f"/api/v1/companies/{quoted(slug)}/idle-rule", body=body, key=idempotency_key)
        )

    def set_mailbox_password(self, address: str, body: NewPassword, *, idempotency_key: str | None = None) -> Secret:
        """Set, reset or let activate."""
        return cast(
            "Secret", self._ask("POST", f"/api/v1/mailboxes/{quoted(address)}/password", body=body, key=idempotency_key)
        )

    def set_permit_modes(self, body: SetPermitModes, *, idempotency_key: str | None = None) -> PermitModes:
        """Change who writes and forwards outside."""
        return cast("PermitModes", self._ask("PATCH", "/api/v1/permit-modes", body=body, key=idempotency_key))

    def set_reply(self, address: str, body: Reply, *, idempotency_key: str | None = None) -> Life:
        """What who writes to a leaver is answered."""
        return cast(
            "Life", self._ask("PUT", f"/api/v1/mailboxes/{quoted(address)}/reply", body=body, key=idempotency_key)
        )

    def show_alias(self, address: str) -> Alias:
        """Show an alias."""
        return cast("Alias", self._ask("GET", f"/api/v1/aliases/{quoted(address)}"))

    def show_company(self, slug: str) -> Company:
        """Show a company and its settings."""
        return cast("Company", self._ask("GET", f"/api/v1/companies/{quoted(slug)}"))

    def show_domain(self, name: str) -> Domain:
        """Show a domain."""
        return cast("Domain", self._ask("GET", f"/api/v1/domains/{quoted(name)}"))

    def show_group(self, address: str) -> Group:
        """Show a group."""
        return cast("Group", self._ask("GET", f"/api/v1/groups/{quoted(address)}"))

    def show_idle_rule(self, slug: str) -> IdleRule:
        """Show what happens to unused mailboxes."""
        return cast("IdleRule", self._ask("GET", f"/api/v1/companies/{quoted(slug)}/idle-rule"))

    def show_leaders(self, number: int) -> Leaders:
        """Heads, deputies, IT clerks."""
        return cast("Leaders", self._ask("GET", f"/api/v1/units/{quoted(number)}/leaders"))

    def show_leaving(self, number: int) -> Leaving:
        """The checklist."""
        return cast("Leaving", self._ask("GET", f"/api/v1/leavings/{quoted(number)}"))

    def show_leaving_rule(self, *, company: str | None = None) -> LeavingRule:
        """What the company does with a leaver's mail."""
        return cast("LeavingRule", self._ask("GET", "/api/v1/leaving-rule", query={"company": company}))

    def show_life(self, address: str) -> Life:
        """Show where a mailbox is in its life."""
        return cast("Life", self._ask("GET", f"/api/v1/mailboxes/{quoted(address)}/life"))

    def show_mailbox(self, address: str) -> Mailbox:
        """Show a mailbox."""
        return cast("Mailbox", self._ask("GET", f"/api/v1/mailboxes/{quoted(address)}"))

    def show_own_token(self) -> Token:
        """This token, and what it may do at this moment."""
        return cast("Token", self._ask("GET", "/api/v1/token"))

    def show_permit_modes(self, *, company: str | None = None) -> PermitModes:
        """Show who writes and forwards outside."""
        return cast("PermitModes", self._ask("GET", "/api/v1/permit-modes", query={"company": company}))

    def show_person(self, number: int) -> Person:
        """Show a person."""
        return cast("Person", self._ask("GET", f"/api/v1/persons/{quoted(number)}"))

    def show_profile(self, profile: int) -> Profile:
        """Show a profile."""
        return cast("Profile", self._ask("GET", f"/api/v1/profiles/{quoted(profile)}"))

    def show_relations(self, number: int) -> Relations:
        """Who is what to a person."""
        return cast("Relations", self._ask("GET", f"/api/v1/persons/{quoted(number)}/relations"))

    def show_release(self, number: int) -> Release:
        """Show a release."""
        return cast("Release", self._ask("GET", f"/api/v1/releases/{quoted(number)}"))

    def show_request(self, number: int) -> Request:
        """Show a request with its path."""
        return cast("Request", self._ask("GET", f"/api/v1/requests/{quoted(number)}"))

    def show_role(self, number: int) -> RoleGrant:
        """Show who holds a role, and until when."""
        return cast("RoleGrant", self._ask("GET", f"/api/v1/roles/{quoted(number)}"))

    def show_staff_report(self, number: int) -> Report:
        """Show a comparison."""
        return cast("Report", self._ask("GET", f"/api/v1/staff-reports/{quoted(number)}"))

    def show_status(self) -> Status:
        """Whether the service is well, and where it is."""
        return cast("Status", self._ask("GET", "/api/v1/status"))

    def show_task(self, number: int) -> Task:
        """Show a piece of background work."""
        return cast("Task", self._ask("GET", f"/api/v1/tasks/{quoted(number)}"))

    def show_token(self, number: int) -> Token:
        """Show a token."""
        return cast("Token", self._ask("GET", f"/api/v1/tokens/{quoted(number)}"))

    def show_unit(self, number: int) -> Unit:
        """Show a unit."""
        return cast("Unit", self._ask("GET", f"/api/v1/units/{quoted(number)}"))

    def show_webhook(self, number: int) -> Webhook:
        """Show a webhook."""
        return cast("Webhook", self._ask("GET", f"/api/v1/webhooks/{quoted(number)}"))

    def skip_staff_lines(self, number: int, body: SkipLines, *, idempotency_key: str | None = None) -> Settled:
        """Leave out lines of a comparison."""
        return cast(
            "Settled", self._ask("POST", f"/api/v1/staff-reports/{quoted(number)}/skip", body=body, key=idempotency_key)
        )

    def stop_mailbox(self, address: str, body: Stop, *, idempotency_key: str | None = None) -> Life:
        """Stop sending, signing in or receiving."""
        return cast(
            "Life", self._ask("POST", f"/api/v1/mailboxes/{quoted(address)}/stop", body=body, key=idempotency_key)
        )

    def stop_task(self, number: int, *, idempotency_key: str | None = None) -> Task:
        """Stop it at its next step."""
        return cast("Task", self._ask("POST", f"/api/v1/tasks/{quoted(number)}/stop", key=idempotency_key))

    def suspend_mailbox(self, address: str, body: Suspend, *, idempotency_key: str | None = None) -> Mailbox:
        """Suspend: mail still arrives."""
        return cast(
            "Mailbox", self._ask("POST", f"/api/v1/mailboxes/{quoted(address)}/suspend", body=body, key=idempotency_key)
        )

    def take_leave(self, number: int, body: TakeLeave, *, idempotency_key: str | None = None) -> Leave:
        """Enter leave, with who stands in."""
        return cast(
            "Leave", self._ask("POST", f"/api/v1/persons/{quoted(number)}/leave", body=body, key=idempotency_key)
        )

    def take_leaver_back(self, number: int, body: LeavingReason, *, idempotency_key: str | None = None) -> Leaving:
        """The person is back, the mail still kept."""
        return cast(
            "Leaving", self._ask("POST", f"/api/v1/leavings/{quoted(number)}/back", body=body, key=idempotency_key)
        )

    def test_webhook(self, number: int, *, idempotency_key: str | None = None) -> Delivery:
        """Send a message to try it out."""
        return cast("Delivery", self._ask("POST", f"/api/v1/webhooks/{quoted(number)}/test", key=idempotency_key))

    def tick_leaving(self, number: int, body: TickStep, *, idempotency_key: str | None = None) -> Leaving:
        """Say that a step is done."""
        return cast(
            "Leaving", self._ask("POST", f"/api/v1/leavings/{quoted(number)}/tick", body=body, key=idempotency_key)
        )

    def unmark_leaving(self, address: str, *, idempotency_key: str | None = None) -> Life:
        """Its owner stays after all."""
        return cast("Life", self._ask("POST", f"/api/v1/mailboxes/{quoted(address)}/stay", key=idempotency_key))

    def unretain_mailbox(self, address: str, *, idempotency_key: str | None = None) -> Life:
        """Give it back: its owner has returned."""
        return cast("Life", self._ask("POST", f"/api/v1/mailboxes/{quoted(address)}/unretain", key=idempotency_key))

    def withdraw_request(self, number: int, body: Withdraw, *, idempotency_key: str | None = None) -> Request:
        """Withdraw a request."""
        return cast(
            "Request", self._ask("POST", f"/api/v1/requests/{quoted(number)}/withdraw", body=body, key=idempotency_key)
        )
