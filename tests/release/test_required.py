"""postmaster@ and abuse@ of every domain are answered from the first day (RFC 5321 4.5.1, RFC 2142)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hongyan.company.mailboxes import actions, changes, routing
from hongyan.company.mailboxes.actions import NewMailbox
from hongyan.company.people.actions import add_company, add_domain
from hongyan.company.people.models import Account, RoleGrant
from hongyan.company.people.queries import find_domain
from hongyan.company.people.roles import grant_role, revoke_role
from hongyan.company.people.settings import change_settings
from hongyan.jobs import schedule
from hongyan.kernel import clock
from hongyan.release import publish, required
from hongyan.release.facts import AddressFacts, AliasFacts, GroupFacts, MailboxFacts
from hongyan.release.snapshot import all_facts
from tests.cast import Cast
from tests.instance import make_instance
from tests.release.test_patch_equals_full import assert_live_is_a_full_compilation, pending_change


def facts(address: str) -> AddressFacts:
    found = [f for f in all_facts() if f.address == address]
    assert len(found) == 1
    return found[0]


def account(address: str) -> Account:
    return Account.objects.get(login=address)


@pytest.mark.clause("R3")
def test_the_office_reads_what_is_written_to_the_postmaster(cast: Cast) -> None:
    one = facts("postmaster@corp.test")
    assert one == AliasFacts("postmaster@corp.test", "corp", "carol@corp.test", ("carol@corp.test",))
    assert facts("abuse@corp.test") == AliasFacts(
        "abuse@corp.test", "corp", "postmaster@corp.test", ("carol@corp.test",)
    )
    assert facts("postmaster@other.test") == AliasFacts(
        "postmaster@other.test", "other", "charlie@other.test", ("charlie@other.test",)
    )
    grant_role(actor=cast.operator, account=account("bob@corp.test"), role="office", company=cast.corp)
    two = facts("postmaster@corp.test")
    assert isinstance(two, GroupFacts) and two.who == "anyone" and two.members == ("bob@corp.test", "carol@corp.test")


def test_the_company_names_somebody_else(cast: Cast) -> None:
    change_settings(
        actor=cast.actor(cast.carol), company=cast.corp, changes={"postmaster": ["dave@corp.test", "alice@corp.test"]}
    )
    named = facts("postmaster@corp.test")
    assert isinstance(named, GroupFacts) and named.members == ("dave@corp.test", "alice@corp.test")
    actions.close_mailbox(actor=cast.operator, mailbox=cast.dave)
    assert facts("postmaster@corp.test") == AliasFacts(
        "postmaster@corp.test", "corp", "alice@corp.test", ("alice@corp.test",)
    )


def test_an_explicit_alias_goes_before(cast: Cast) -> None:
    routing.add_alias(actor=cast.operator, company=cast.corp, address="postmaster@corp.test", target="alice@corp.test")
    explicit = facts("postmaster@corp.test")
    assert isinstance(explicit, AliasFacts) and explicit.target == "alice@corp.test"
    routing.add_group(actor=cast.operator, company=cast.corp, address="abuse@corp.test", members=["bob@corp.test"])
    assert isinstance(facts("abuse@corp.test"), GroupFacts)


def test_a_company_without_people_keeps_it_until_somebody_opens_a_shared_mailbox(cast: Cast) -> None:
    company = add_company(actor=cast.operator, slug="new", name="New", locale="en")
    add_domain(actor=cast.operator, company=company, name="new.test")
    kept = facts("postmaster@new.test")
    assert isinstance(kept, MailboxFacts)
    assert (kept.kind, kept.home, kept.password_hash, kept.senders) == ("shared", "new.test/postmaster", "", ())
    grant_role(actor=cast.operator, account=account("dave@corp.test"), role="audit", company=None)
    assert isinstance(facts("postmaster@new.test"), MailboxFacts)
    RoleGrant.objects.create(account=account("alice@corp.test"), role="system", granted_at=clock.now())
    operated = facts("postmaster@new.test")
    assert isinstance(operated, AliasFacts) and operated.target == "alice@corp.test"
    box = actions.open_mailbox(actor=cast.operator, company=company, new=NewMailbox("postmaster@new.test", "shared"))
    assert box.home == kept.home  # what was kept is in it
    assert isinstance(facts("postmaster@new.test"), MailboxFacts)


def test_a_patched_release_knows_it_as_a_full_one_does(cast: Cast, tmp_path: Path) -> None:
    instance = make_instance(tmp_path / "i")
    add_domain(actor=cast.operator, company=cast.corp, name="mirror.test", alias_of=find_domain("corp.test"))
    pending_change()
    publish.ensure_release(instance)
    assert b"postmaster@mirror.test\tpostmaster@corp.test\n" in (instance.live / "tables/aliases").read_bytes()
    steps: list[Callable[[], object]] = [
        lambda: grant_role(actor=cast.operator, account=account("bob@corp.test"), role="office", company=cast.corp),
        lambda: actions.rename_mailbox(actor=cast.operator, mailbox=cast.bob, address="wang@corp.test"),
        lambda: routing.add_alias(
            actor=cast.operator, company=cast.corp, address="postmaster@corp.test", target="alice@corp.test"
        ),
        lambda: routing.remove_alias(
            actor=cast.operator, alias=changes.find_alias(cast.corp, "postmaster@corp.test")
        ),
        lambda: actions.close_mailbox(actor=cast.operator, mailbox=cast.carol),
        lambda: revoke_role(actor=cast.operator, grant=RoleGrant.objects.get(account__login="wang@corp.test")),
    ]  # fmt: skip
    for step in steps:
        step()
        change = pending_change()
        assert not change.full
        publish.publish(instance, change, None)
        assert_live_is_a_full_compilation(instance)
    assert required.readers(cast.corp) == []


def test_whose_office_has_ended_reads_it_no_more(cast: Cast) -> None:
    grant_role(actor=cast.operator, account=account("bob@corp.test"), role="office", company=cast.corp)
    RoleGrant.objects.filter(account__login="bob@corp.test").update(until=clock.today().replace(year=2020))
    schedule.run_due()
    assert required.readers(cast.corp) == ["carol@corp.test"]
    assert "postmaster@corp.test" in pending_change().addresses
