"""Writes: a company's wording of a notice, its quiet hours, a person's wish for one mail a day.

Always: permission, row and audit event in one transaction; a text with an unknown variable is refused, never stored.
"""

from __future__ import annotations

from datetime import time

from django.db import transaction

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.mailboxes.scope import places_of_mailbox
from hongyan.company.notices import wording
from hongyan.company.notices.models import Digest, Hours, Template
from hongyan.company.people.models import LOCALES, Company
from hongyan.kernel import clock, ledger
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

LOCALE_NAMES = tuple(name for name, _ in LOCALES)


def set_template(*, actor: Actor, company: Company, notice: str, locale: str, subject: str, body: str) -> Template:
    """The company's own words for a notice. Refuses `notice.unknown`, `locale.unknown`, `notice.text_refused`."""
    actor.require("settings.write", company.slug)
    text = wording.check(wording.kind_named(notice), subject, body)
    _check_locale(locale)
    changes = {
        "subject": text.subject, "body": text.body, "changed_at": clock.now(), "changed_by": actor.name,
    }  # fmt: skip
    with transaction.atomic():
        template, _ = Template.objects.update_or_create(company=company, notice=notice, locale=locale, defaults=changes)
        ledger.record(
            "notice.changed", chain=company.slug, actor=actor.name, subject=f"notice/{notice}", locale=locale,
            text=text.subject,
        )  # fmt: skip
    return template


def reset_template(*, actor: Actor, company: Company, notice: str, locale: str) -> bool:
    """Back to the default; whether there was anything to forget."""
    actor.require("settings.write", company.slug)
    wording.kind_named(notice)
    _check_locale(locale)
    with transaction.atomic():
        gone, _ = Template.objects.filter(company=company, notice=notice, locale=locale).delete()
        if gone:
            ledger.record(
                "notice.reset", chain=company.slug, actor=actor.name, subject=f"notice/{notice}", locale=locale
            )
    return bool(gone)


def set_hours(
    *, actor: Actor, company: Company, quiet_from: time | None, quiet_until: time | None, digest_at: time
) -> Hours:
    """When notices wait, and when digests go. Refuses `notice.hours_half`, `notice.hours_same`."""
    actor.require("settings.write", company.slug)
    if (quiet_from is None) != (quiet_until is None):
        raise Refusal("notice.hours_half")
    if quiet_from is not None and quiet_from == quiet_until:
        raise Refusal("notice.hours_same")
    with transaction.atomic():
        hours, _ = Hours.objects.update_or_create(
            company=company,
            defaults={"quiet_from": quiet_from, "quiet_until": quiet_until, "digest_at": digest_at},
        )
        ledger.record(
            "notice.hours", chain=company.slug, actor=actor.name, subject=company.slug,
            quiet=f"{quiet_from:%H:%M}–{quiet_until:%H:%M}" if quiet_from and quiet_until else "",
            digest=f"{digest_at:%H:%M}",
        )  # fmt: skip
    return hours


def set_digest(*, actor: Actor, mailbox: Mailbox, wanted: bool) -> None:
    """One mail a day instead of each notice: by the owner, or whoever administers the mailbox."""
    account = mailbox.account
    if account is None:
        raise Refusal("notice.no_reader", address=mailbox.address)
    if actor.account_id != account.pk:
        actor.require("mailbox.write", mailbox.company.slug, places_of_mailbox(mailbox))
    with transaction.atomic():
        if wanted:
            _, changed = Digest.objects.get_or_create(account=account)
        else:
            changed = bool(Digest.objects.filter(account=account).delete()[0])
        if changed:
            ledger.record(
                "notice.digest", chain=mailbox.company.slug, actor=actor.name, subject=mailbox.address,
                after="daily" if wanted else "each",
            )  # fmt: skip


def _check_locale(locale: str) -> None:
    if locale not in LOCALE_NAMES:
        raise Refusal("locale.unknown", locale=locale[:20], known=", ".join(LOCALE_NAMES))
