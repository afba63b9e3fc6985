"""Words for what stands in the audit: the kind of an event, and what else is known of it.

Always: a kind without words shows as it is stored, so nothing is hidden because a label is missing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy as _

from hongyan.faces.console.mailboxes.words import KINDS as MAILBOX_KINDS
from hongyan.faces.web import words
from hongyan.kernel.decision import Decision
from hongyan.kernel.models import Event
from hongyan.kernel.wording import NoSentence, spell_size

KINDS: Final = {
    "account.activated": _("Mailbox activated"),
    "account.locale": _("Language changed"),
    "account.operator": _("Operator's account made"),
    "alias.added": _("Alias added"),
    "alias.changed": _("Alias changed"),
    "alias.removed": _("Alias removed"),
    "audit.exported": _("Audit exported"),
    "bulk.begun": _("Bulk change begun"),
    "bulk.ended": _("Bulk change ended"),
    "bulk.resumed": _("Bulk change resumed"),
    "company.added": _("Company added"),
    "company.grades": _("Names of grades changed"),
    "company.idle_rule": _("Rule for unused mailboxes set"),
    "company.idle_rule_ended": _("Rule for unused mailboxes ended"),
    "company.look": _("Appearance of the pages changed"),
    "company.settings": _("Settings of the company changed"),
    "device.added": _("App password made"),
    "device.revoked": _("App password revoked"),
    "certificate.used": _("Server certificate replaced"),
    "domain.added": _("Domain added"),
    "domain.checked": _("DNS records of a domain: another state"),
    "domain.sts": _("MTA-STS policy changed"),
    "domain.default": _("Default domain changed"),
    "domain.removed": _("Domain removed"),
    "group.added": _("Group added"),
    "group.member_added": _("Member added to a group"),
    "group.member_removed": _("Member removed from a group"),
    "group.named": _("Group's name changed"),
    "group.owner": _("Group's owner changed"),
    "group.removed": _("Group removed"),
    "group.renamed": _("Group renamed"),
    "group.placed": _("Group put into a unit"),
    "group.writers": _("Changed who may write to a group"),
    "import.applied": _("Sheet imported"),
    "import.links": _("Activation links handed out"),
    "import.rules": _("Rule for imports changed"),
    "import.undone": _("Import undone"),
    "leaving.begun": _("Leaving begun"),
    "leaving.effective": _("Leaving: access ended"),
    "leaving.step": _("Leaving: a step was done"),
    "leaving.blocked": _("Leaving: a step waits for somebody"),
    "leaving.ticked": _("Leaving: a step was confirmed"),
    "leaving.paused": _("Leaving paused"),
    "leaving.resumed": _("Leaving resumed"),
    "leaving.cancelled": _("Leaving cancelled"),
    "leaving.day": _("Leaving: another last day"),
    "leaving.successor": _("Leaving: successor named"),
    "leaving.successor_gone": _("Leaving: the successor leaves too"),
    "leaving.held": _("Leaver's mail put under a legal hold"),
    "leaving.hold_ended": _("Legal hold ended"),
    "leaving.retained": _("Leaver's mail kept for its period"),
    "leaving.returned": _("Leaver came back"),
    "leaving.rule": _("Rule for leavers' mail changed"),
    "leaving.end": _("Leaving: what becomes of the address"),
    "leaving.export_asked": _("Export of a leaver's mail asked for"),
    "leaving.exported": _("Leaver's mail exported"),
    "leaving.export_failed": _("Export of a leaver's mail failed"),
    "leaving.export_fetched": _("Export of a leaver's mail fetched"),
    "leaving.deletion_asked": _("Deletion of a leaver's mail asked for"),
    "leaving.mail_deleted": _("Leaver's mail deleted"),
    "leaving.done": _("Leaving is over"),
    "look.asked": _("Supervised look asked for"),
    "look.allowed": _("Supervised look allowed"),
    "look.refused": _("Supervised look refused"),
    "look.read": _("Read in a supervised look"),
    "look.ended": _("Supervised look ended"),
    "look.handed": _("Message handed on to a colleague"),
    "link.made": _("One-time link made"),
    "list.exported": _("List exported"),
    "mail.deferred": _("Mail deferred"),
    "mail.refused": _("Mail refused"),
    "mail.sent": _("Mail sent"),
    "mailbox.closed": _("Mailbox closed"),
    "mailbox.expiry": _("Mailbox's last day changed"),
    "mailbox.expiry_told": _("Told that a mailbox ends soon"),
    "mailbox.forward_ended": _("Forwarding of a leaver ended"),
    "mailbox.forwarded": _("Mail of a leaver forwarded"),
    "mailbox.hourly_limit": _("Mailbox's hourly limit changed"),
    "mailbox.idle_told": _("Told that nobody signs in to a mailbox"),
    "mailbox.keeper": _("Keeper of a mailbox changed"),
    "mailbox.kept_as_alias": _("Address kept as a colleague's alias"),
    "mailbox.leaving": _("Mailbox's owner leaves"),
    "mailbox.lifted": _("Stop of a mailbox lifted"),
    "mailbox.opened": _("Mailbox opened"),
    "mailbox.placed": _("Mailbox put into a unit"),
    "mailbox.quota": _("Mailbox size changed"),
    "mailbox.renamed": _("Mailbox renamed"),
    "mailbox.reply": _("Answer of a leaver set"),
    "mailbox.reply_ended": _("Answer of a leaver ended"),
    "mailbox.resumed": _("Mailbox resumed"),
    "mailbox.retained": _("Mailbox kept for a time"),
    "mailbox.send_as": _("Right to send under another address"),
    "mailbox.send_as_ended": _("Right to send under another address ended"),
    "mailbox.stays": _("Mailbox's owner stays"),
    "mailbox.stopped": _("Mailbox stopped"),
    "mailbox.suspended": _("Mailbox suspended"),
    "mailbox.unretained": _("Mailbox given back"),
    "mailbox.withdrawn": _("Mailbox taken back unused"),
    "member.added": _("Member added to a shared mailbox"),
    "member.changed": _("Rights in a shared mailbox changed"),
    "member.removed": _("Member removed from a shared mailbox"),
    "misuse.reported": _("Misuse reported"),
    "notice.changed": _("Notice reworded"),
    "notice.digest": _("One mail a day chosen, or each by itself"),
    "notice.hours": _("Hours of notices changed"),
    "notice.reset": _("Notice back to the default"),
    "paper.kept": _("Paper made"),
    "paper.printed": _("Paper printed"),
    "request.answer_refused": _("Answer by mail had no effect"),
    "offices.joined": _("Separation of offices ended"),
    "offices.separated": _("Offices separated"),
    "password.changed": _("Password changed"),
    "password.reset": _("Password reset"),
    "permit.granted": _("Permit given"),
    "permit.changed": _("Permit changed"),
    "permit.ended": _("Permit ended"),
    "permit.modes": _("Changed who may write and forward outside"),
    "profile.added": _("Profile of posts added"),
    "profile.changed": _("Profile of posts changed"),
    "profile.removed": _("Profile of posts removed"),
    "profile.item_added": _("Added what a post brings"),
    "profile.item_removed": _("Removed what a post brings"),
    "profile.settled": _("Rights followed the post"),
    "profile.agreed": _("Agreed to what a post brings"),
    "policy.acknowledged": _("Policy read and acknowledged"),
    "policy.published": _("Edition of the policy published"),
    "person.added": _("Person added"),
    "person.appointed": _("Person appointed to a post"),
    "person.changed": _("Person's data changed"),
    "person.leave_ended": _("Back from leave"),
    "person.leave_taken": _("Leave entered"),
    "person.left": _("Left the company"),
    "person.lent": _("Lent to another unit"),
    "person.loan_ended": _("Loan ended"),
    "person.post_changed": _("Post changed"),
    "person.post_ended": _("Post ended"),
    "person.removed": _("Person removed"),
    "person.returned": _("Returned to the company"),
    "queue.deleted": _("Mail deleted from the queue"),
    "queue.looked": _("Looked at the header of queued mail"),
    "queue.retried": _("Queued mail tried again"),
    "quota.warning": _("Mailbox nearly full"),
    "release.refused": _("Release refused by the engines' checks"),
    "release.rollback_asked": _("Roll-back asked for"),
    "release.rolled_back": _("Release rolled back"),
    "request.filed": _("Request filed"),
    "request.approved_step": _("Step of a request approved"),
    "request.approved": _("Request approved"),
    "request.rejected": _("Request rejected"),
    "request.returned": _("Request sent back"),
    "request.resubmitted": _("Request filed again"),
    "request.withdrawn": _("Request withdrawn"),
    "request.approver_added": _("Approver called in"),
    "request.reassigned": _("Request given to another approver"),
    "request.reseated": _("Approvers of a request determined anew"),
    "request.reminded": _("Approvers reminded"),
    "request.escalated": _("Overdue request passed on"),
    "request.done": _("Request carried out"),
    "request.stuck": _("Approved request could not be done"),
    "request.amended": _("Stuck request corrected"),
    "request.attached": _("Attachment added to a request"),
    "request.link": _("Activation link taken from a request"),
    "requests.pack": _("Ready policy taken over"),
    "requests.chain": _("Approval chain changed"),
    "requests.form": _("Rules of a form changed"),
    "role.granted": _("Role granted"),
    "role.revoked": _("Role revoked"),
    "rules.off": _("Own filter rules switched off"),
    "service.restarted": _("Service restarted"),
    "sessions.ended": _("Sessions ended"),
    "signin.failed": _("Sign-in refused"),
    "signin.locked": _("Locked after wrong passwords"),
    "signin.ok": _("Signed in"),
    "token.made": _("Token made"),
    "token.revoked": _("Token revoked"),
    "staff.applied": _("Staff list applied"),
    "staff.dropped": _("Comparison of a staff list dropped"),
    "staff.group_bound": _("Mail group follows a provider's group"),
    "staff.guard_overridden": _("Limit for leavers lifted"),
    "staff.looked": _("Staff list compared"),
    "staff.rules": _("Limit for leavers changed"),
    "staff.skipped": _("Lines of a staff list left out"),
    "staff.source_added": _("Source of staff lists added"),
    "staff.source_changed": _("Source of staff lists changed"),
    "staff.source_key": _("New key for an identity provider"),
    "staff.source_removed": _("Source of staff lists removed"),
    "unit.added": _("Unit added"),
    "unit.branch_set": _("Unit made a branch, or no longer"),
    "webhook.added": _("Webhook added"),
    "webhook.disabled": _("Webhook switched off"),
    "webhook.enabled": _("Webhook switched on"),
    "webhook.removed": _("Webhook removed"),
    "webhook.resent": _("Message of a webhook sent again"),
    "webhook.rotated": _("New secret of a webhook"),
    "webhook.test": _("Test of a webhook"),
    "webhook.tested": _("Webhook tried out"),
    "unit.moved": _("Unit moved"),
    "unit.removed": _("Unit removed"),
    "unit.renamed": _("Unit renamed"),
}
_PROTOCOLS: Final = {
    "imap": "IMAP", "pop3": "POP3", "smtp": "SMTP", "sieve": "ManageSieve", "managesieve": "ManageSieve",
}  # fmt: skip
_WORDS: Final = {
    "permit": "brought",
    "given": "brought",
    "taken": "brought",
    "waiting": "brought",
    "role": "role_name",
    "permissions": "right_name",
    "rights": "member_right",
    "form": "request_form",
    "leaving": "leaving_kind",
    "what": "life.what",
}
#: Said elsewhere in the row, or of no use to readers.
_UNSAID: Final = frozenset(("code", "clause", "why", "client", "message_id", "person"))


def title(event: Event) -> str:
    return str(KINDS.get(event.kind, event.kind))


def refusal(event: Event) -> str:
    """The sentence that the sender or the owner was told, in the reader's language; nothing for other events."""
    code = event.params.get("code", "")
    if not code:
        return ""
    why, locale = event.params.get("why"), words.current_locale()
    try:
        said = words.tell(Decision(str(code), why if isinstance(why, dict) else {}), locale, login=event.subject)
    except NoSentence:
        return str(code)
    return f"{said} {words.clause_mark(str(event.params.get('clause', '')), locale)}".rstrip()


def details(event: Event) -> str:
    """What else is known, as `name: value`, one after the other."""
    said = [
        f"{_name(key)}: {_value(key, value)}" for key, value in event.params.items() if value and key not in _UNSAID
    ]
    return " · ".join(said)


def _name(key: str) -> str:
    names = {
        "since": gettext("since"), "stand_in": gettext("stands in"), "grade": gettext("grade"), "on": gettext("day"),
        "deputy": gettext("deputy head"), "head": gettext("head"), "leaving": gettext("how"),
        "remote": gettext("from"), "protocol": gettext("by"), "device": gettext("device"), "reason": gettext("reason"),
        "before": gettext("before"), "after": gettext("after"), "name": gettext("name"), "kind": gettext("kind"),
        "count": gettext("number"), "until": gettext("until"), "address": gettext("address"), "role": gettext("role"),
        "sender": gettext("sender"), "recipients": gettext("recipients"), "size": gettext("size"),
        "unit": gettext("unit"), "permissions": gettext("rights"), "seats": gettext("seats"),
        "storage_mb": gettext("storage (MB)"), "member": gettext("member"), "rights": gettext("rights"),
        "successor": gettext("successor"), "what": gettext("what"), "day": gettext("day"), "last": gettext("last sign-in"),
        "of": gettext("colleague"), "to": gettext("to"), "locales": gettext("languages"),
        "shared": gettext("sent as"), "number": gettext("employee number"), "post": gettext("post"),
        "expires_on": gettext("last day"), "quota_mb": gettext("size (MB)"), "groups": gettext("groups"),
        "aliases": gettext("aliases"), "form": gettext("form"), "request": gettext("request"), "about": gettext("about"),
        "step": gettext("step"), "by": gettext("how"), "route": gettext("chain"), "instead_of": gettext("instead of"),
        "filed_as": gettext("filed as"), "round": gettext("round"), "target": gettext("delivers to"), "permit": gettext("permit"), "value": gettext("for"),
        "source": gettext("source"), "given": gettext("given"), "taken": gettext("taken back"), "waiting": gettext("waiting"),
        "protocols": gettext("protocols"),
    }  # fmt: skip
    return names.get(key, key)


def _value(key: str, value: Any) -> str:
    if key == "until" and isinstance(value, int):
        return f"{timezone.localtime(datetime.fromtimestamp(value, UTC)):%Y-%m-%d %H:%M}"
    if isinstance(value, dict):
        return ", ".join(f"{_name(k)} {_value(k, v)}" if v is not True else _name(k) for k, v in value.items() if v)
    if key == "size" and isinstance(value, int):
        return spell_size(value)
    if key == "protocol":
        return protocol_name(str(value))
    if key == "protocols" and isinstance(value, list):
        return ", ".join(protocol_name(str(each)) for each in value)
    if key == "kind":
        return str(dict(MAILBOX_KINDS).get(value, value))
    if key in _WORDS:
        said = (_word(_WORDS[key], each) for each in (value if isinstance(value, list) else [value]))
        return ", ".join(said)
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _word(table: str, value: Any) -> str:
    """The catalogue's own word for a value."""
    try:
        return words.tell(Decision(f"{table}.{value}"), words.current_locale())
    except NoSentence:
        return str(value)


def protocol_name(protocol: str) -> str:
    """As people know it; a one-time link is the web, too."""
    return gettext("Web") if protocol in ("web", "link") else _PROTOCOLS.get(protocol, protocol)
