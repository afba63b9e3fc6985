"""Subscriptions: who may have which, what becomes a message, how often it is tried, when a receiver is given up."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from hongyan.company.mailboxes.actions import NewMailbox, open_mailboxes, suspend_mailbox
from hongyan.company.webhooks import actions, dispatch, queries, signing
from hongyan.company.webhooks.dispatch import Outcome
from hongyan.company.webhooks.models import Delivery, Webhook
from hongyan.kernel import clock, outbox
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event, Outbox
from tests.cast import Cast

URL = "https://badges.example/hook"
GOOD, BAD, SILENT, GONE = (
    Outcome(204, "", 12),
    Outcome(500, "Oops", 12),
    Outcome(0, "no answer", 9),
    Outcome(410, "Gone", 1),
)


@pytest.fixture
def webhook(cast: Cast) -> Webhook:
    carol = cast.actor(cast.carol)
    return actions.add_webhook(
        actor=carol, company=cast.corp, name="Badges", url=URL, kinds=["mailbox.*", "unit.added"]
    )[0]


def refused(code: str, cast: Cast, **more: object) -> None:
    wanted = {"name": "x", "url": URL, "kinds": ["mailbox.*"]} | more
    with pytest.raises(Refusal) as refusal:
        actions.add_webhook(actor=cast.actor(cast.carol), company=cast.corp, **wanted)  # type: ignore[arg-type]
    assert refusal.value.code == code and not Webhook.objects.exists()


@pytest.mark.parametrize("kinds", [["mailbox"], ["Mailbox.opened"], ["mailbox.opened.x"], ["**"], [""], ["mail box.*"]])
def test_kinds_have_a_form(cast: Cast, kinds: list[str]) -> None:
    refused("webhook.kind_malformed", cast, kinds=kinds)


@pytest.mark.clause("G2.1.3")
@pytest.mark.parametrize("kind", ["*", "signin.*", "signin.failed", "mail.sent", "misuse.reported", "sessions.ended"])
def test_what_only_the_audit_tells_is_not_for_the_office(cast: Cast, kind: str) -> None:
    refused("webhook.kind_audited", cast, kinds=[kind])
    made, _ = actions.add_webhook(actor=cast.operator, company=cast.corp, name="SIEM", url=URL, kinds=[kind])
    assert made.kinds == [kind]


def test_none_and_too_many_kinds_are_refused(cast: Cast) -> None:
    refused("webhook.kinds_count", cast, kinds=[])
    refused("webhook.kinds_count", cast, kinds=[f"k{chr(97 + n % 26)}{chr(97 + n // 26)}.x" for n in range(41)])


@pytest.mark.clause("R1")
def test_another_companys_webhook_is_unknown(cast: Cast, webhook: Webhook) -> None:
    charlie = cast.actor(cast.charlie)
    with pytest.raises(Refusal, match=r"webhook\.unknown"):
        queries.find_webhook(charlie, webhook.pk)
    for act in (actions.remove_webhook, actions.rotate_secret, actions.disable_webhook, actions.send_test):
        with pytest.raises(Refusal, match=r"permission\.missing"):
            act(actor=charlie, webhook=webhook)
    assert list(queries.webhooks_within(charlie, cast.corp)) == []


def test_the_secret_is_kept_sealed(cast: Cast) -> None:
    webhook, secret = actions.add_webhook(actor=cast.operator, company=cast.corp, name="x", url=URL, kinds=["unit.*"])
    assert secret.encode() not in bytes(webhook.secret) and signing.opened(webhook.secret) == secret
    assert not Event.objects.filter(params__icontains=secret).exists()


# -- from events to messages -----------------------------------------------------------------------------------
def test_each_event_that_is_asked_for_becomes_one_message(cast: Cast, webhook: Webhook) -> None:
    open_mailboxes(actor=cast.operator, company=cast.corp, new=[NewMailbox("new@corp.test")])
    open_mailboxes(actor=cast.operator, company=cast.other, new=[NewMailbox("new@other.test")])
    suspend_mailbox(actor=cast.operator, mailbox=cast.alice, reason="leave")
    assert dispatch.gather() == 2 and dispatch.gather() == 0
    bodies = [json.loads(d.body) for d in Delivery.objects.order_by("pk")]
    assert [(b["type"], b["data"]["subject"]) for b in bodies] == [
        ("mailbox.opened", "new@corp.test"), ("mailbox.suspended", "alice@corp.test")
    ]  # fmt: skip
    assert bodies[1]["data"]["params"] == {"reason": "leave"} and bodies[1]["data"]["company"] == "corp"


def test_what_happened_before_the_subscription_is_not_told(cast: Cast, webhook: Webhook) -> None:
    assert dispatch.gather() == 0


def test_nothing_is_kept_for_one_that_is_switched_off(cast: Cast, webhook: Webhook) -> None:
    actions.disable_webhook(actor=cast.operator, webhook=webhook)
    suspend_mailbox(actor=cast.operator, mailbox=cast.alice, reason="")
    assert dispatch.gather() == 0
    actions.enable_webhook(actor=cast.operator, webhook=webhook)
    assert dispatch.gather() == 0


def waiting(cast: Cast, webhook: Webhook) -> Delivery:
    actions.send_test(actor=cast.operator, webhook=webhook)
    Delivery.objects.update(left=actions.ATTEMPTS)
    return Delivery.objects.get()


def test_messages_are_signed_as_the_specification_says(cast: Cast, webhook: Webhook) -> None:
    """The example of the Standard Webhooks specification."""
    signed = signing.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_during_a_change_of_the_secret_both_sign(cast: Cast, webhook: Webhook) -> None:
    old, new = signing.opened(webhook.secret), actions.rotate_secret(actor=cast.operator, webhook=webhook)
    delivery = waiting(cast, webhook)

    def signatures() -> list[str]:
        headers, body = dispatch.signed(Delivery.objects.select_related("webhook").get())
        assert body == delivery.body.encode()
        mark = int(headers["webhook-timestamp"])
        assert headers["webhook-signature"].split()[0] == signing.signature(new, delivery.message_id, mark, body)
        return headers["webhook-signature"].split()

    assert len(signatures()) == 2 and old != new
    with clock.shifted(timedelta(hours=25)):
        assert len(signatures()) == 1


# -- attempts -------------------------------------------------------------------------------------------------
def test_a_message_is_tried_again_later_and_later_and_then_given_up(cast: Cast, webhook: Webhook) -> None:
    delivery, gaps = waiting(cast, webhook), list[float]()
    for _ in range(actions.ATTEMPTS):
        dispatch.settle(delivery, BAD)
        delivery.refresh_from_db()
        gaps += [(delivery.due_at - clock.now()).total_seconds()] if delivery.due_at else []
    assert delivery.state == "failed" and len(delivery.attempts) == actions.ATTEMPTS
    assert gaps == sorted(gaps) and len(gaps) == actions.ATTEMPTS - 1 and gaps[0] < 6 and gaps[-1] > 80_000
    assert delivery.attempts[0]["status"] == 500 and delivery.attempts[0]["error"] == "Oops"


def test_what_arrived_is_not_sent_again_unless_asked(cast: Cast, webhook: Webhook) -> None:
    delivery = waiting(cast, webhook)
    dispatch.settle(delivery, GOOD)
    assert dispatch.due(10, ()) == []
    delivery.refresh_from_db()
    assert delivery.state == "delivered"
    actions.resend(actor=cast.operator, delivery=delivery)
    assert [d.message_id for d in dispatch.due(10, ())] == [delivery.message_id]


def test_one_message_at_a_time_goes_to_each_receiver(cast: Cast, webhook: Webhook) -> None:
    other, _ = actions.add_webhook(actor=cast.operator, company=cast.corp, name="y", url=URL, kinds=["unit.*"])
    for target in (webhook, webhook, other):
        actions.send_test(actor=cast.operator, webhook=target)
    assert [d.webhook_id for d in dispatch.due(10, ())] == [webhook.pk, other.pk]
    assert [d.webhook_id for d in dispatch.due(10, [webhook.pk])] == [other.pk]


def test_a_receiver_that_fails_for_days_is_switched_off_and_the_office_told(cast: Cast, webhook: Webhook) -> None:
    delivery = waiting(cast, webhook)
    dispatch.settle(delivery, SILENT)
    webhook.refresh_from_db()
    assert queries.state_of(webhook) == "failing"
    with clock.shifted(dispatch.GIVE_UP):
        dispatch.settle(delivery, SILENT)
    webhook.refresh_from_db()
    assert (queries.state_of(webhook), webhook.disabled_why) == ("disabled", "failing")
    notice = Outbox.objects.get(kind=outbox.NOTICE)
    assert notice.payload["to"] == "carol@corp.test" and notice.payload["notice"] == "webhook"
    assert Event.objects.filter(kind="webhook.disabled", actor="schedule:webhooks").exists()
    assert dispatch.due(10, ()) == []


def test_one_success_ends_the_failing(cast: Cast, webhook: Webhook) -> None:
    delivery = waiting(cast, webhook)
    dispatch.settle(delivery, BAD)
    dispatch.settle(delivery, GOOD)
    webhook.refresh_from_db()
    assert queries.state_of(webhook) == "active"


def test_a_receiver_that_says_it_is_gone_is_believed(cast: Cast, webhook: Webhook) -> None:
    dispatch.settle(waiting(cast, webhook), GONE)
    webhook.refresh_from_db()
    assert webhook.disabled_why == "gone"


def test_old_messages_are_forgotten_and_waiting_ones_not(cast: Cast, webhook: Webhook) -> None:
    dispatch.settle(waiting(cast, webhook), GOOD)
    actions.send_test(actor=cast.operator, webhook=webhook)
    with clock.shifted(timedelta(days=15)):
        assert dispatch.forget_old() == 1
    assert Delivery.objects.get().state == "waiting"
