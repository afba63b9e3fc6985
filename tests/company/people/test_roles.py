"""Giving and taking roles; separation of offices; who stands above whom; what is explained."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from hongyan.company.mailboxes import actions
from hongyan.company.people import credentials, rights
from hongyan.company.people.actions import appoint
from hongyan.company.people.models import Account, RoleGrant, Unit
from hongyan.company.people.queries import actor_of
from hongyan.company.people.roles import grant_role, revoke_role, separate_offices
from hongyan.jobs import schedule
from hongyan.kernel import clock
from hongyan.kernel.actor import PERMITS, Actor, Grant
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event
from hongyan.kernel.wording import LOCALES, say
from tests.branches import IT, NET, Branches, account_of

pytestmark = pytest.mark.clause("G2.1.1", "G2.1.2", "G2.1.3")
Change = Callable[[pytest.MonkeyPatch], None]


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, match=f"^{code}$")


def give(branches: Branches, role: str, to: Account, by: Actor | None = None, **more: object) -> RoleGrant:
    values = {"company": branches.cast.corp, **more}
    return grant_role(actor=by or branches.cast.operator, account=to, role=role, **values)  # type: ignore[arg-type]


def test_a_grant_keeps_who_gave_it_where_why_and_until_when(branches: Branches) -> None:
    alice, until = account_of(branches.cast.alice), clock.today() + timedelta(days=30)
    carol = branches.cast.actor(branches.cast.carol)
    grant = give(
        branches, "it", alice, carol, unit=branches.sales, until=until, reason="代理", permissions=["mailbox.read"]
    )
    assert (grant.granted_by, grant.reason, grant.until) == ("carol@corp.test", "代理", until)
    event = Event.objects.get(kind="role.granted", subject="alice@corp.test")
    assert event.chain == "corp" and event.params == {
        "role": "it", "unit": branches.sales.path, "permissions": ["mailbox.read"], "until": until.isoformat(),
        "reason": "代理",
    }  # fmt: skip
    assert actor_of(alice).grants == (Grant("it", "corp", branches.sales.path, frozenset({"mailbox.read"})),)
    revoke_role(actor=carol, grant=grant, reason="回來了")
    assert actor_of(alice).grants == ()
    event = Event.objects.get(kind="role.revoked")
    assert event.actor == "carol@corp.test" and event.params["reason"] == "回來了"


def test_a_role_ends_with_its_last_day(branches: Branches, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, today = account_of(branches.cast.alice), clock.today()
    give(branches, "it", alice, unit=branches.it, until=today)
    assert actor_of(alice).may("mailbox.write", "corp", [NET])
    with refused("role.exists"):
        give(branches, "it", alice, unit=branches.it)
    monkeypatch.setattr(clock, "today", lambda: today + timedelta(days=1))
    assert actor_of(alice).grants == () and not rights.explain_rights(alice).rights
    assert not rights.list_grants(branches.cast.corp, role="it").exists()
    assert schedule.end_roles() == 1 and not RoleGrant.objects.filter(account=alice).exists()
    assert Event.objects.get(kind="role.revoked").actor == "schedule:expiry"
    give(branches, "it", alice, unit=branches.it)  # what has ended can be given again
    assert RoleGrant.objects.filter(account=alice).count() == 1


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("role.unknown_name", {"role": "king"}),
        ("role.unknown_name", {"role": "head"}),
        ("role.needs_unit", {"role": "scoped"}),
        ("role.whole_company", {"role": "office", "unit": IT}),
        ("role.needs_company", {"role": "office", "company": None}),
        ("unit.unknown", {"role": "audit", "company": None, "unit": IT}),
        ("role.not_of_role", {"role": "it", "permissions": ["people.write"]}),
        ("role.permits_nothing", {"role": "it", "permissions": []}),
        ("role.no_shares", {"role": "it", "seats": 4}),
        ("role.share_range", {"role": "scoped", "unit": IT, "seats": 0}),
        ("role.until_past", {"role": "it", "until": -1}),
        ("role.reason_malformed", {"role": "it", "reason": "x" * 201}),
    ],
)
def test_grants_that_make_no_sense(branches: Branches, code: str, values: dict[str, object]) -> None:
    if "unit" in values:
        values = values | {"unit": Unit.objects.get(path=values["unit"], company=branches.cast.corp)}
    if "until" in values:
        values = values | {"until": clock.today() - timedelta(days=1)}
    before = RoleGrant.objects.count()
    with refused(code):
        give(branches, to=account_of(branches.cast.alice), **values)  # type: ignore[arg-type]
    assert RoleGrant.objects.count() == before


def test_the_whole_of_a_role_is_no_subset(branches: Branches) -> None:
    grant = give(branches, "it", account_of(branches.cast.alice), permissions=PERMITS["it"])
    assert grant.permissions is None


def test_another_company_s_accounts_are_as_unknown_as_none(branches: Branches) -> None:
    carol = branches.cast.actor(branches.cast.carol)
    with refused("account.unknown"):
        give(branches, "it", account_of(branches.cast.charlie), carol)
    with refused("permission.missing"):
        give(branches, "it", account_of(branches.cast.alice), branches.cast.actor(branches.cast.charlie))
    with refused("permission.missing"):
        give(branches, "it", account_of(branches.cast.alice), carol, company=branches.cast.other)


@pytest.mark.parametrize("name", ["alice", "bob", "dave", "sam"])
def test_who_gives_no_roles(branches: Branches, name: str) -> None:
    mailbox = getattr(branches.cast, name, None) or getattr(branches, name)
    with refused("permission.missing"):
        give(branches, "it", account_of(branches.erin), branches.actor(mailbox), unit=branches.it)
    sams = account_of(branches.sam).roles.get()
    if name != "sam":
        with refused("permission.missing"):
            revoke_role(actor=branches.actor(mailbox), grant=sams)


# -- nobody widens his own rights ------------------------------------------------------------------------
def test_nobody_gives_himself_a_role(branches: Branches) -> None:
    cast = branches.cast
    carol = cast.actor(cast.carol)
    for role in ("it", "office", "system"):
        with refused("role.own"):
            give(branches, role, account_of(cast.carol), carol)
    second = actions.open_mailbox(
        actor=cast.operator, company=cast.corp, new=actions.NewMailbox("carol2@corp.test", person=cast.carol.person)
    )
    with refused("role.own"):  # another account of the same person
        give(branches, "it", account_of(second), carol)


def test_nobody_gives_by_one_account_what_he_could_use_by_another(branches: Branches) -> None:
    """A security officer gives what he cannot use; not so when he opens mailboxes by his second account or as its maker."""
    cast = branches.cast
    second = actions.open_mailbox(
        actor=cast.operator, company=cast.corp, new=actions.NewMailbox("vera2@corp.test", person=branches.vera.person)
    )
    give(branches, "office", account_of(second))
    alice, vera = account_of(cast.alice), branches.actor(branches.vera)
    with refused("role.beyond_giver"):
        give(branches, "system", alice, vera)
    token = Actor(
        "token:1", (Grant("security", "corp", only=frozenset({"role.write"})),), maker_id=account_of(second).pk
    )
    with refused("role.beyond_giver"):
        give(branches, "it", alice, token)
    account_of(second).roles.all().delete()
    give(branches, "system", alice, vera)


def test_nobody_makes_himself_head(branches: Branches) -> None:
    cast = branches.cast
    assert cast.carol.person is not None and branches.erin.person is not None
    with refused("role.own"):
        appoint(actor=cast.actor(cast.carol), person=cast.carol.person, unit=branches.it, head=True)
    appoint(actor=cast.actor(cast.carol), person=branches.erin.person, unit=branches.it, head=True)
    assert branches.actor(branches.erin).may("people.read", "corp", [NET])


@pytest.mark.parametrize(
    ("role", "given"),
    [("it", True), ("office", True), ("hr", True), ("audit", False), ("security", False), ("system", False)],
)
def test_the_office_gives_no_more_than_it_holds(branches: Branches, role: str, given: bool) -> None:
    """It could set the new holder's password and act as him."""
    carol, alice = branches.cast.actor(branches.cast.carol), account_of(branches.cast.alice)
    if given:
        grant = give(branches, role, alice, carol)
        revoke_role(actor=carol, grant=grant)
    else:
        with refused("role.beyond_giver"):
            give(branches, role, alice, carol)
        grant = give(branches, role, alice)
        with refused("role.beyond_giver"):
            revoke_role(actor=carol, grant=grant)
    assert actor_of(alice).grants == (() if given else (Grant(role, "corp"),))  # type: ignore[arg-type]


PASSWORDS: dict[str, Callable[[Actor, Account], object]] = {
    "reset": lambda a, to: credentials.reset_password(actor=a, account=to),
    "final": lambda a, to: credentials.set_final_password(actor=a, account=to, password="Violet-Orchard-5527"),
    "set": lambda a, to: credentials.set_password(actor=a, account=to, password="Violet-Orchard-5527"),
    "activate": lambda a, to: credentials.make_link(actor=a, account=to, purpose="activate"),
}


@pytest.mark.parametrize("way", PASSWORDS)
def test_nobody_takes_an_account_that_holds_more(branches: Branches, way: str) -> None:
    cast, take = branches.cast, PASSWORDS[way]
    carol, sam = cast.actor(cast.carol), branches.actor(branches.sam)
    for higher in (cast.dave, branches.vera):  # the audit is not the office's to read
        with refused("account.stands_higher"):
            take(carol, account_of(higher))
    take(carol, account_of(branches.sam))
    give(branches, "office", account_of(cast.alice))  # works in Sam's branch, but stands above him
    with refused("account.stands_higher"):
        take(sam, account_of(cast.alice))
    with refused("permission.missing"):
        take(carol, credentials.ensure_operator(actor=cast.operator))
    take(cast.operator, account_of(cast.dave))


def test_the_last_system_administrator_stays(branches: Branches) -> None:
    cast = branches.cast
    operator = credentials.ensure_operator(actor=cast.operator)
    grant = operator.roles.get()
    with refused("role.last_system"):
        revoke_role(actor=cast.operator, grant=grant)
    with refused("role.last_system"):  # nor does he lay it down himself
        revoke_role(actor=actor_of(operator), grant=grant)
    alice = account_of(cast.alice)
    ends = give(branches, "system", alice, company=None, until=clock.today() + timedelta(days=9))
    with refused("role.last_system"):  # one that ends does not replace one that lasts
        revoke_role(actor=cast.operator, grant=grant)
    revoke_role(actor=cast.operator, grant=ends)
    give(branches, "system", alice, company=None)
    revoke_role(actor=cast.operator, grant=grant)
    with refused("role.last_system"):
        actions.close_mailbox(actor=cast.operator, mailbox=cast.alice)
    assert not cast.alice.closed_at


def test_anybody_lays_down_his_own(branches: Branches) -> None:
    sam = branches.actor(branches.sam)
    revoke_role(actor=sam, grant=account_of(branches.sam).roles.get())
    assert branches.actor(branches.sam).grants == ()
    with refused("role.unknown"):
        rights.find_grant(branches.cast.operator, 10**9)


# -- the three offices -----------------------------------------------------------------------------------
def test_separation_waits_until_nobody_holds_two(branches: Branches) -> None:
    cast = branches.cast
    give(branches, "audit", account_of(branches.vera))
    with refused("separation.two") as refusal:
        separate_offices(actor=cast.operator, company=cast.corp, on=True)
    (two,) = refusal.value.reasons
    assert two.params == {"login": "vera@corp.test", "roles": ["audit", "security"]}
    assert "安全管理員、審計員" in say(two, "zh-Hant") or "審計員、安全管理員" in say(two, "zh-Hant")
    account_of(branches.vera).roles.filter(role="audit").delete()
    second = actions.open_mailbox(
        actor=cast.operator, company=cast.corp, new=actions.NewMailbox("vera2@corp.test", person=branches.vera.person)
    )
    give(branches, "system", account_of(second), company=None)  # the machine's system is every company's
    with refused("separation.two"):  # the same person by two accounts
        separate_offices(actor=cast.operator, company=cast.corp, on=True)
    account_of(second).roles.all().delete()
    account_of(branches.vera).roles.update(until=clock.today())
    with refused("separation.no_security"):
        separate_offices(actor=cast.operator, company=cast.corp, on=True)
    cast.corp.refresh_from_db()
    assert not cast.corp.separated and not Event.objects.filter(kind="offices.separated").exists()


@pytest.fixture
def separated(branches: Branches) -> Branches:
    branches.cast.corp.refresh_from_db()
    separate_offices(actor=branches.cast.operator, company=branches.cast.corp, on=True)
    return branches


def test_once_separated_security_alone_gives_roles(separated: Branches) -> None:
    cast, vera = separated.cast, separated.actor(separated.vera)
    operator = actor_of(credentials.ensure_operator(actor=cast.operator))
    alice, erin = account_of(cast.alice), account_of(separated.erin)
    give(separated, "system", erin)
    for actor in (operator, cast.actor(cast.carol), actor_of(erin)):
        with refused("separation.security_only"):
            give(separated, "it", alice, actor)
        with refused("separation.security_only"):
            revoke_role(actor=actor, grant=account_of(cast.dave).roles.get())
        with refused("separation.security_only"):
            separate_offices(actor=actor, company=cast.corp, on=False)
    grant = give(separated, "office", alice, vera)  # hers to give, though not to use: she sets nobody's password
    revoke_role(actor=vera, grant=grant)
    with refused("role.own"):
        give(separated, "it", account_of(separated.vera), vera)
    with refused("permission.missing"):
        credentials.reset_password(actor=vera, account=alice)


def test_once_separated_a_token_gives_no_more_than_its_maker(separated: Branches) -> None:
    """A system administrator makes no key that works as the office of security."""
    operator = credentials.ensure_operator(actor=separated.cast.operator)
    office, security = Grant("office", "corp"), Grant("security", "corp", only=frozenset({"role.write"}))
    alice = account_of(separated.cast.alice)
    for maker, grant in ((operator, security), (account_of(separated.cast.carol), security), (operator, office)):
        with refused("separation.security_only"):
            give(separated, "it", alice, Actor("token/1", (grant,), company="corp", maker_id=maker.pk))
    give(separated, "it", alice, Actor("token/2", (security,), company="corp", maker_id=account_of(separated.vera).pk))


def test_once_separated_nobody_holds_two(separated: Branches) -> None:
    cast, vera = separated.cast, separated.actor(separated.vera)
    with refused("role.office_held"):
        give(separated, "system", account_of(cast.dave), vera)
    with refused("role.office_held"):
        give(separated, "audit", account_of(separated.vera))
    with refused("role.office_held"):  # by the machine's door either
        give(separated, "system", account_of(cast.dave), company=None)
    assert [g.role for g in cast.actor(cast.dave).grants] == ["audit"]
    give(separated, "office", account_of(cast.dave), vera)  # the office is none of the three
    give(separated, "system", account_of(cast.charlie), company=cast.other)
    give(separated, "audit", account_of(cast.charlie), company=cast.other)  # another company is not separated


def test_once_separated_the_system_does_not_take_security(separated: Branches) -> None:
    operator = actor_of(credentials.ensure_operator(actor=separated.cast.operator))
    for way in PASSWORDS.values():
        with refused("account.stands_higher"):
            way(operator, account_of(separated.vera))


def test_the_last_security_officer_stays(separated: Branches) -> None:
    vera, cast = separated.actor(separated.vera), separated.cast
    with refused("role.last_security"):
        revoke_role(actor=vera, grant=account_of(separated.vera).roles.get())
    with refused("role.last_security"):
        actions.close_mailbox(actor=cast.actor(cast.carol), mailbox=separated.vera)
    give(separated, "security", account_of(cast.alice), vera)
    revoke_role(actor=vera, grant=account_of(separated.vera).roles.get())


def test_separation_is_ended_by_security(separated: Branches) -> None:
    cast = separated.cast
    with refused("separation.already"):
        separate_offices(actor=cast.operator, company=cast.corp, on=True)
    separate_offices(actor=separated.actor(separated.vera), company=cast.corp, on=False)
    give(separated, "it", account_of(cast.alice), cast.actor(cast.carol))
    assert Event.objects.filter(chain="corp", kind__in=("offices.separated", "offices.joined")).count() == 2


# -- explained -------------------------------------------------------------------------------------------
def test_rights_are_explained_by_their_grants(branches: Branches) -> None:
    cast, until = branches.cast, clock.today() + timedelta(days=5)
    give(
        branches, "it", account_of(cast.bob), until=until, permissions=["mailbox.read", "mailbox.write"], reason="代班"
    )
    branches.info.keeper = cast.bob.person
    branches.info.save()
    told = rights.explain_rights(account_of(cast.bob))
    assert [held.role for held in told.held] == ["it", "head", "keeper"]
    by = {right.permission: [held.role for held in right.by] for right in told.rights}
    assert by == {"people.read": ["head"], "mailbox.read": ["it", "head"], "mailbox.write": ["it"]}
    assert told.held[0].left_out == ("people.read", "group.read", "group.write", "health.read")
    lines = [say(line, "en") for held in told.held for line in rights.told(held)]
    assert "As IT clerk, for all of 北辰集團." in lines and f"Until the end of {until}." in lines
    assert f"As head of unit {NET}; it comes with the post." in lines and "Reason: 代班" in lines
    assert any("info@corp.test" in line for line in lines)
    actor = actor_of(account_of(cast.bob))  # what is explained is what is allowed
    for permission in frozenset().union(*PERMITS.values()):
        assert actor.may(permission, "corp", [NET]) == (permission in by)  # type: ignore[arg-type]


def test_what_is_not_included_is_said_in_every_language(branches: Branches) -> None:
    for mailbox in (branches.cast.carol, branches.sam, branches.cast.alice):
        told = rights.not_included(rights.explain_rights(account_of(mailbox)))
        assert told[0].code == "never.mail"
        assert (mailbox != branches.cast.alice) == ("never.password" in [line.code for line in told])
        assert all(say(line, locale) for line in told for locale in LOCALES)


def test_separation_is_explained(separated: Branches) -> None:
    give(separated, "system", account_of(separated.erin))
    (held,) = rights.explain_rights(account_of(separated.erin)).held
    assert held.separated == ("role.write",) and "role.write" not in held.permissions
    assert any("三員分立" in say(line, "zh-Hant") for line in rights.told(held))


def test_every_permission_has_a_name_and_a_meaning() -> None:
    from hongyan.kernel.wording import catalogue

    for permission in frozenset().union(*PERMITS.values()):
        assert f"right_name.{permission}" in catalogue() and f"right_means.{permission}" in catalogue()
    assert all(f"role_name.{role}" in catalogue() for role in PERMITS)


@pytest.mark.parametrize(
    ("who", "whose", "seen"),
    [
        ("alice", "alice", True), ("alice", "bob", False), ("bob", "alice", True), ("sam", "alice", True),
        ("sam", "erin", False), ("carol", "erin", True), ("dave", "erin", True), ("charlie", "alice", False),
        ("carol", "charlie", False), ("vera", "sam", True),
    ],
)  # fmt: skip
def test_whose_rights_are_seen_by_whom(branches: Branches, who: str, whose: str, seen: bool) -> None:
    def named(name: str) -> Account:
        return account_of(getattr(branches.cast, name, None) or getattr(branches, name))

    if seen:
        rights.require_may_explain(actor_of(named(who)), named(whose))
    else:
        with refused("account.unknown"):
            rights.require_may_explain(actor_of(named(who)), named(whose))
