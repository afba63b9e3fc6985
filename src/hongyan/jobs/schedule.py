"""What falls due by itself: former names, interns' mailboxes, spent links and sessions.

Always: a due thing is done by the same action a person would use, under the name of the schedule.
Clauses: B2 (interns expire), C6 (a former name is kept for a time).
"""

from __future__ import annotations

from datetime import timedelta

from hongyan.company.access import answers
from hongyan.company.bulk.actions import drop_drafts
from hongyan.company.imports.actions import forget_old
from hongyan.company.leaving.steps import move_due
from hongyan.company.life import idle, rules
from hongyan.company.mailboxes.models import Alias
from hongyan.company.mailboxes.routing import remove_alias
from hongyan.company.notices import waiting
from hongyan.company.people.life import end_past_loans
from hongyan.company.people.models import Link, RoleGrant, WebSession
from hongyan.company.people.roles import revoke_role
from hongyan.company.permits.actions import end_due as end_permits
from hongyan.company.profiles.following import settle_due
from hongyan.company.reading import actions as reading
from hongyan.company.replies.models import Answer
from hongyan.company.requests import timing as requests
from hongyan.company.staff import reports as staff_reports, syncing as staff
from hongyan.company.webhooks import dispatch as webhooks
from hongyan.evidence.usage import intake as usage
from hongyan.kernel import clock
from hongyan.kernel.actor import schedule
from hongyan.kernel.models import Outbox

KEEP_SETTLED = timedelta(days=7)
KEEP_ANSWERS = timedelta(days=90)  #: a message that comes again later finds its step decided


def run_due() -> int:
    """Everything due now; returns how many things were moved. Safe to repeat."""
    return (
        end_past_loans()
        + expire_aliases()
        + expire_mailboxes()
        + follow_lives()
        + move_due()
        + end_roles()
        + end_permits(schedule("expiry"))
        + settle_due()
        + requests.run_due()
        + staff.start_due()
        + staff_reports.forget_old()
        + reading.remind_due()
        + waiting.release_due()
        + forget_old()
        + clean_up()
    )


def expire_aliases() -> int:
    due = list(Alias.objects.select_related("company").filter(until__lt=clock.today()))
    for alias in due:
        remove_alias(actor=schedule("expiry"), alias=alias)
    return len(due)


def expire_mailboxes() -> int:
    """Last days that have come."""
    return rules.end_mailboxes()


def follow_lives() -> int:
    """Notices before a last day, stops that are over, mailboxes that nobody uses."""
    return rules.tell_expiries() + rules.end_stops() + idle.follow()


def end_roles() -> int:
    """Grants whose last day is over. They have permitted nothing since; here they leave the lists, and mail to
    postmaster@ goes to who holds the office now."""
    due = list(RoleGrant.objects.select_related("company", "unit", "account__person").filter(until__lt=clock.today()))
    for grant in due:
        revoke_role(actor=schedule("expiry"), grant=grant, reason=f"until {grant.until}")
    return len(due)


def clean_up() -> int:
    now = clock.now()
    removed = WebSession.objects.filter(expire_date__lt=now).delete()[0]
    removed += Link.objects.filter(expires_at__lt=now - KEEP_SETTLED).delete()[0]
    removed += Outbox.objects.filter(done_at__lt=now - KEEP_SETTLED).delete()[0]
    removed += Answer.objects.filter(at__lt=now - KEEP_ANSWERS).delete()[0]
    return removed + drop_drafts() + usage.clean_up() + answers.forget_old() + webhooks.forget_old()
