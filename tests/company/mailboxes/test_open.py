"""Opening, suspending, renaming and closing mailboxes: rows, events, outbox, refusals."""

from __future__ import annotations

import pytest

from hongyan.company.mailboxes import actions, routing
from hongyan.company.mailboxes.actions import NewMailbox
from hongyan.company.mailboxes.models import Alias, Claim, GroupMember, Mailbox
from hongyan.company.mailboxes.queries import find_mailbox, state_of
from hongyan.company.people import credentials
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event, Outbox
from tests.cast import PASSWORD, Cast


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, match=f"^{code}$")


@pytest.mark.clause("G3.1.1", "B4.13")
def test_a_first_password_must_be_changed_and_is_no_engine_password(cast: Cast) -> None:
    mailbox, first = actions.open_with_password(
        actor=cast.operator, company=cast.corp, new=NewMailbox("eve@corp.test"), password=None
    )
    assert len(first) >= 12
    assert state_of(mailbox) == "first"
    assert credentials.verify("eve@corp.test", first).change == "first"


def test_opening_leaves_row_event_and_outbox_together(cast: Cast) -> None:
    actions.open_mailbox(actor=cast.operator, company=cast.corp, new=NewMailbox("Eve@Corp.Test"))
    assert Mailbox.objects.get(address="eve@corp.test").home == "corp.test/eve"
    assert Event.objects.get(subject="eve@corp.test", kind="mailbox.opened").actor == "cli:test"
    assert Outbox.objects.filter(kind="release", payload__addresses=["eve@corp.test"]).exists()


@pytest.mark.clause("B4.1")
@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("alice@corp.test", "address.taken"),
        ("ALICE@corp.test", "address.taken"),
        ("eve@elsewhere.test", "domain.not_of_company"),
        ("charlie2@other.test", "domain.not_of_company"),
        ("eve", "address.malformed"),
        ("eve@", "domain.malformed"),
        ("e ve@corp.test", "address.malformed"),
        ("eve+x@corp.test", "address.malformed"),
        ("../eve@corp.test", "address.malformed"),
        ("愛麗@corp.test", "address.international"),
        ("eve@cоrp.test", "address.homograph"),  # a Cyrillic о
        (f"{'e' * 65}@corp.test", "address.too_long"),
        ("postmaster@corp.test", "address.reserved"),
    ],
)
def test_bad_addresses_are_refused_and_leave_nothing(cast: Cast, address: str, code: str) -> None:
    before = (Claim.objects.count(), Outbox.objects.count(), Event.objects.count())
    with refused(code):
        actions.open_mailbox(actor=cast.operator, company=cast.corp, new=NewMailbox(address))
    assert (Claim.objects.count(), Outbox.objects.count(), Event.objects.count()) == before


@pytest.mark.clause("B2")
def test_an_intern_needs_an_expiry_date(cast: Cast) -> None:
    with refused("mailbox.intern_needs_expiry"):
        actions.open_mailbox(actor=cast.operator, company=cast.corp, new=NewMailbox("eve@corp.test", kind="intern"))


@pytest.mark.clause("G3.2.2")
def test_a_shared_mailbox_never_has_a_password(cast: Cast) -> None:
    with refused("mailbox.no_shared_password"):
        actions.open_with_password(
            actor=cast.operator, company=cast.corp, new=NewMailbox("sales@corp.test", kind="shared"), password=PASSWORD
        )
    mailbox = actions.open_mailbox(
        actor=cast.operator, company=cast.corp, new=NewMailbox("sales@corp.test", kind="shared")
    )
    assert mailbox.account is None


def test_bulk_opening_is_all_or_nothing(cast: Cast) -> None:
    with refused("address.taken"):
        actions.open_mailboxes(
            actor=cast.operator, company=cast.corp, new=[NewMailbox("eve@corp.test"), NewMailbox("alice@corp.test")]
        )
    assert not Mailbox.objects.filter(address="eve@corp.test").exists()


@pytest.mark.clause("C6")
def test_a_rename_keeps_the_old_address_for_a_time_and_takes_rights_along(cast: Cast) -> None:
    group = routing.add_group(
        actor=cast.operator, company=cast.corp, address="all@corp.test", members=["alice@corp.test", "bob@corp.test"]
    )
    home = cast.alice.home
    renamed = actions.rename_mailbox(actor=cast.operator, mailbox=cast.alice, address="alice.lin@corp.test")
    assert renamed.home == home
    assert Alias.objects.get(address="alice@corp.test").target == "alice.lin@corp.test"
    assert GroupMember.objects.filter(group=group, address="alice.lin@corp.test").exists()
    assert credentials.verify("alice.lin@corp.test", PASSWORD).account.login == "alice.lin@corp.test"
    with refused("address.taken"):
        actions.open_mailbox(actor=cast.operator, company=cast.corp, new=NewMailbox("alice@corp.test"))


def test_a_new_owner_of_a_former_address_never_gets_the_old_directory(cast: Cast) -> None:
    actions.rename_mailbox(actor=cast.operator, mailbox=cast.alice, address="alice.lin@corp.test")
    routing.remove_alias(actor=cast.operator, alias=Alias.objects.get(address="alice@corp.test"))
    newcomer = actions.open_mailbox(actor=cast.operator, company=cast.corp, new=NewMailbox("alice@corp.test"))
    assert newcomer.home == "corp.test/alice.2"


@pytest.mark.clause("G3.2.1")
def test_a_closed_mailbox_signs_in_no_more_and_its_address_is_not_given_again(cast: Cast) -> None:
    actions.close_mailbox(actor=cast.operator, mailbox=cast.alice)
    with refused("signin.closed"):
        credentials.verify("alice@corp.test", PASSWORD)
    with refused("address.taken"):
        actions.open_mailbox(actor=cast.operator, company=cast.corp, new=NewMailbox("alice@corp.test"))
    with refused("mailbox.closed"):
        actions.suspend_mailbox(actor=cast.operator, mailbox=cast.alice, reason="")


def test_only_who_may_can(cast: Cast) -> None:
    with refused("permission.missing"):
        actions.suspend_mailbox(actor=cast.actor(cast.bob), mailbox=cast.alice, reason="")
    with refused("permission.missing"):  # an office administrator, but of another company
        actions.suspend_mailbox(actor=cast.actor(cast.charlie), mailbox=cast.alice, reason="")
    actions.suspend_mailbox(actor=cast.actor(cast.carol), mailbox=cast.alice, reason="misuse")
    assert state_of(find_mailbox("alice@corp.test")) == "suspended"


def test_another_company_s_mailbox_is_as_unknown_as_none(cast: Cast) -> None:
    with refused("mailbox.unknown"):
        find_mailbox("alice@corp.test", cast.actor(cast.charlie))
    assert find_mailbox("alice@corp.test", cast.actor(cast.alice)).address == "alice@corp.test"


@pytest.mark.clause("P10", "G4.2.3")
def test_an_app_password_is_made_by_its_owner_alone_and_revoked(cast: Cast) -> None:
    with refused("permission.missing"):
        actions.add_app_password(actor=cast.actor(cast.carol), mailbox=cast.alice, device="phone")
    row, password = actions.add_app_password(actor=cast.actor(cast.alice), mailbox=cast.alice, device="手機")
    assert row.sha256 not in password and len(password) >= 24
    with refused("device.unknown"):
        actions.revoke_app_password(actor=cast.actor(cast.bob), mailbox=cast.bob, app_password_id=row.pk)
    actions.revoke_app_password(actor=cast.actor(cast.alice), mailbox=cast.alice, app_password_id=row.pk)
    row.refresh_from_db()
    assert row.revoked_at is not None


def test_groups_and_aliases_stay_inside_and_never_loop(cast: Cast) -> None:
    with refused("address.unknown"):
        routing.add_alias(actor=cast.operator, company=cast.corp, address="a@corp.test", target="charlie@other.test")
    one = routing.add_group(actor=cast.operator, company=cast.corp, address="one@corp.test", members=["bob@corp.test"])
    routing.add_group(actor=cast.operator, company=cast.corp, address="two@corp.test", members=["one@corp.test"])
    routing.add_alias(actor=cast.operator, company=cast.corp, address="zwei@corp.test", target="two@corp.test")
    with refused("group.loop"):
        routing.add_member(actor=cast.operator, group=one, address="zwei@corp.test")
    with refused("group.member_exists"):
        routing.add_member(actor=cast.operator, group=one, address="bob@corp.test")
