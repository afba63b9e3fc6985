"""The pages of a mailbox's life: what they show and do, and to whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from hongyan.company.life import actions, course, states
from hongyan.company.life.models import Forward, IdleRule
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.requests import filing
from hongyan.kernel import clock
from tests.branches import Branches
from tests.cast import Cast
from tests.faces.conftest import Visit
from tests.faces.test_mailrooms import post, text

LIFE = "/console/mailboxes/alice@corp.test/life"
MONTH = clock.today() + timedelta(days=30)


@pytest.fixture
def carol(cast: Cast, visit: Visit) -> Client:
    browser = visit(cast.carol)
    browser.post("/language", {"locale": "en"})
    return browser


def fresh(mailbox: Mailbox) -> Mailbox:
    return Mailbox.objects.get(pk=mailbox.pk)


def test_a_branchs_administrator_and_an_outsider_see_no_life_beyond_theirs(branches: Branches, visit: Visit) -> None:
    sam, charlie = visit(branches.sam), visit(branches.cast.charlie)
    text(sam, LIFE)
    text(sam, "/console/mailboxes/erin@corp.test/life", 404)
    text(sam, "/console/unused", 404)
    for browser in (charlie, visit(branches.cast.alice)):
        text(browser, LIFE, 404)
        assert browser.post(f"{LIFE}/stop", {"what": "sending"}).status_code == 404
    said = post(sam, f"{LIFE}/retain", 422, until=MONTH.isoformat(), heir="erin")  # of sales: unknown to him
    assert "erin@corp.test" in said and not fresh(branches.cast.alice).stage
    assert not states.stopped(fresh(branches.cast.alice))


@pytest.mark.clause("G2.1.6")
def test_stops_are_set_and_lifted_one_by_one(cast: Cast, carol: Client) -> None:
    post(carol, f"{LIFE}/stop", what="receiving", reason="long holiday", until=MONTH.isoformat())
    shown = text(carol, LIFE)
    assert "long holiday" in shown and "Suspended" in shown and MONTH.isoformat() in shown
    assert "Receiving is stopped." in text(carol, "/console/mailboxes/alice@corp.test")
    assert "data-row" in text(carol, "/console/mailboxes?state=suspended")
    assert post(carol, f"{LIFE}/stop", 422, what="receiving")
    assert post(carol, f"{LIFE}/stop", 422, what="breathing")
    post(carol, f"{LIFE}/lift", what="receiving")
    assert not states.stopped(fresh(cast.alice))
    assert carol.post(f"{LIFE}/nothing").status_code == 404


@pytest.mark.clause("B4.8")
def test_a_leaver_is_kept_covered_for_given_back_and_ends_as_an_alias(cast: Cast, carol: Client) -> None:
    post(carol, f"{LIFE}/leave", on=MONTH.isoformat(), heir="dave")
    assert "last day at work" in text(carol, LIFE)
    post(carol, f"{LIFE}/stay")
    post(carol, f"{LIFE}/retain", until=MONTH.isoformat(), heir="dave")
    assert Forward.objects.get().to == cast.dave
    answers: Any = {"text-en": "She has <left>.", "text-zh-Hant": "已離職"}
    post(carol, f"{LIFE}/reply", **answers)
    shown = text(carol, LIFE)
    assert "She has &lt;left&gt;." in shown and "its keeping is over" in shown and "Give it back" in shown
    assert "dave@corp.test" in shown
    post(carol, f"{LIFE}/forward", heir="")
    assert not Forward.objects.exists()
    assert "data-row" in text(carol, "/console/mailboxes?state=retained")
    post(carol, f"{LIFE}/unretain")
    assert states.state(fresh(cast.alice)) == "active"
    form: Any = {"heir": "dave", "until": MONTH.isoformat()}
    assert post(carol, f"{LIFE}/alias", 422, **form, confirm="alice")
    post(carol, f"{LIFE}/alias", **form, confirm="alice@corp.test")
    assert "Leads to" in text(carol, LIFE) and "data-row" in text(carol, "/console/mailboxes?state=alias")


@pytest.mark.clause("G3.1.2")
def test_an_address_that_is_asked_for_has_a_page_and_the_mailbox_names_its_request(
    cast: Cast, carol: Client, visit: Visit
) -> None:
    fields = {"address": "al@corp.test", "display_name": "Al", "reason": "project"}
    request = filing.file_request(
        actor=cast.actor(cast.carol), form="shared", fields=fields, for_person=cast.bob.person
    )
    path = "/console/mailboxes/al@corp.test/life"
    shown = text(carol, path)
    assert "somebody asked for it" in shown and f"/console/requests/{request.number}" in shown
    text(visit(cast.charlie), path, 404)
    text(carol, "/console/mailboxes/nobody@corp.test/life", 404)


def test_her_own_page_tells_what_and_when_but_not_why(cast: Cast, visit: Visit) -> None:
    actions.stop(actor=cast.operator, mailbox=cast.alice, what="sending", reason="suspicion", until=MONTH)
    alice = visit(cast.alice)
    alice.post("/language", {"locale": "en"})
    shown = text(alice, "/mailbox/life")
    assert "Sending" in shown and MONTH.isoformat() in shown and "suspicion" not in shown
    assert "/mailbox/life" in text(alice, "/mailbox")


@pytest.mark.clause("G2.1.6")
def test_the_rule_for_unused_mailboxes_is_set_and_ended(cast: Cast, carol: Client) -> None:
    assert "Off" in text(carol, "/console/unused") and not IdleRule.objects.exists()
    assert post(carol, "/console/unused", 422, notice_days="3", suspend_days="14")
    post(carol, "/console/unused", notice_days="90", suspend_days="14", release_days="60")
    rule = IdleRule.objects.get()
    assert (rule.notice_days, rule.suspend_days, rule.release_days) == (90, 14, 60)
    post(carol, "/console/unused", off="1")
    assert not IdleRule.objects.exists()


def test_history_goes_on(cast: Cast, carol: Client) -> None:
    for _ in range(11):
        actions.stop(actor=cast.operator, mailbox=cast.alice, what="sending", reason="x")
        actions.lift(actor=cast.operator, mailbox=cast.alice, what="sending")
    course.mark_leaving(actor=cast.operator, mailbox=cast.alice)
    first = text(carol, LIFE)
    assert "Older" in first and first.count("Mailbox stopped") == 9  # 20 of 24
    older = first.split('href="?before=')[1].split("#")[0]
    assert "Mailbox opened" in text(carol, f"{LIFE}?before={older}")
