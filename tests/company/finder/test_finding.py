"""What is found follows the audit, and stays within what the actor may see."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hongyan.company.finder import following, queries
from hongyan.company.finder.entries import rebuild
from hongyan.company.finder.models import Entry, Followed, Token
from hongyan.company.finder.queries import find, matching
from hongyan.company.mailboxes import actions, routing
from hongyan.company.mailboxes.actions import NewMailbox
from hongyan.company.people import posts, units
from hongyan.company.people.actions import add_person, add_unit
from hongyan.company.people.models import Appointment, Company, Person
from hongyan.company.people.persons import edit_person
from hongyan.company.people.queries import find_unit
from hongyan.kernel import clock, ledger
from hongyan.kernel.actor import Actor
from tests.branches import IT, NET, SALES, Branches
from tests.cast import Cast


def catch_up() -> None:
    while following.catch_up():
        pass


def found(actor: Actor, company: Company, text: str) -> set[str]:
    return {f"{hit.kind} {hit.title}" for hit in find(actor, company, text)}


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("愛麗", "person 林愛麗"), ("爱丽", "person 林愛麗"), ("lal", "person 林愛麗"), ("linai", "person 林愛麗"),
        ("1001", "person 林愛麗"), ("alice lin", "person 林愛麗"), ("alice@corp", "mailbox alice@corp.test"),
        ("xinxi", "unit 信息部"), ("corp.test", "domain corp.test"), ("team", "group team@corp.test"),
        ("help", "alias help@corp.test"),
    ],
)  # fmt: skip
def test_everything_is_found_by_its_beginnings(branches: Branches, text: str, seen: str) -> None:
    catch_up()
    assert seen in found(branches.cast.operator, branches.cast.corp, text)


def test_changes_are_followed(cast: Cast) -> None:
    catch_up()
    operator, corp = cast.operator, cast.corp

    def now(text: str) -> set[str]:
        catch_up()
        return found(operator, corp, text)

    eve = add_person(actor=operator, company=corp, name="夏伊芙", unit=find_unit(corp, IT))
    box = actions.open_mailbox(actor=operator, company=corp, new=NewMailbox("eve@corp.test", person=eve))
    assert now("xyf") == {"person 夏伊芙"} and now("eve") == {"mailbox eve@corp.test"}
    edit_person(actor=operator, person=eve, name="夏依芙", number="HT-7")
    assert now("伊芙") == set() and now("ht7") == {"person 夏依芙"}
    assert find(operator, corp, "eve")[0].detail == "夏依芙"
    actions.rename_mailbox(actor=operator, mailbox=box, address="eva@corp.test")
    assert now("eva") == {"mailbox eva@corp.test"} and now("eve") == {"alias eve@corp.test"}
    routing.add_alias(actor=operator, company=corp, address="sales@corp.test", target="eva@corp.test")
    actions.close_mailbox(actor=operator, mailbox=box)
    assert now("sales") == set()
    units.rename_unit(actor=operator, unit=find_unit(corp, IT), name="資訊部")
    assert now("信息") == set() and now("zixun") == {"unit 資訊部"}
    assert {hit.detail for hit in find(operator, corp, "網絡")} == {"總公司/資訊部/網絡處"}
    assert "總公司/資訊部" in find(operator, corp, "夏依芙")[0].detail
    posts.end_post(actor=operator, appointment=Appointment.objects.get(person=eve))
    catch_up()
    assert find(operator, corp, "夏依芙")[0].detail == "HT-7"
    spare = add_unit(actor=operator, company=corp, path="臨時")
    assert now("linshi") == {"unit 臨時"}
    units.remove_unit(actor=operator, unit=spare)
    assert now("linshi") == set()


def test_a_rebuild_gives_the_same(branches: Branches) -> None:
    def all_of_it() -> set[tuple[str, str, str, bytes]]:
        rows = Token.objects.values_list("entry__kind", "entry__title", "entry__detail", "token")
        return {(kind, title, detail, bytes(token)) for kind, title, detail, token in rows}

    catch_up()
    before = all_of_it()
    Entry.objects.filter(kind="person").first()
    rebuild(branches.cast.corp)
    assert (
        all_of_it() == before and Entry.objects.values("kind", "object_id").distinct().count() == Entry.objects.count()
    )


def test_a_database_from_before_is_made_whole(cast: Cast) -> None:
    catch_up()
    Followed.objects.filter(chain="corp").update(seq=10**6)
    Person.objects.filter(name="林愛麗").update(name="林愛莉")
    catch_up()
    assert found(cast.operator, cast.corp, "愛莉") == {"person 林愛莉"}


def test_mail_and_sign_ins_cost_next_to_nothing(cast: Cast) -> None:
    catch_up()
    ledger.record_all("corp", [ledger.Entry("mail.sent", "alice@corp.test", "alice@corp.test")] * 200)
    with CaptureQueriesContext(connection) as asked:
        catch_up()
    assert len(asked) < 20


@pytest.mark.clause("G2.1.3")
def test_a_branch_administrator_finds_his_branch_alone(branches: Branches) -> None:
    catch_up()
    cast, sam = branches.cast, branches.actor(branches.sam)
    assert found(sam, cast.corp, "lal") == {"person 林愛麗"} and "unit 信息部" in found(sam, cast.corp, "xinxi")
    for text in ("erin", "xiaoshou", "desk", "crew", "sell", "corp.test", "carol", "總公司", "陳"):
        assert all("corp.test" not in hit.title or hit.title.split("@")[0] in {"alice", "bob", "sam", "info", "team", "help"}
                   for hit in find(sam, cast.corp, text)), text  # fmt: skip
        assert not {"person Erin", "unit 銷售部", "unit 信息部門外", "domain corp.test"} & found(sam, cast.corp, text)
    assert {hit.title for hit in find(sam, cast.corp, "info")} == {"info@corp.test"} and SALES != NET


def test_rights_decide_the_kinds(cast: Cast) -> None:
    catch_up()
    dave, bob = cast.actor(cast.dave), cast.actor(cast.bob)
    assert find(dave, cast.corp, "alice") == []  # the auditor reads the audit, not the people
    assert found(bob, cast.corp, "alice") == {"person 林愛麗", "mailbox alice@corp.test"}  # a head: those below him
    assert found(bob, cast.corp, "carol") == set()


def test_companies_are_walls(cast: Cast) -> None:
    catch_up()
    charlie = cast.actor(cast.charlie)
    assert find(charlie, cast.corp, "alice") == [] and find(charlie, cast.other, "alice") == []
    assert found(charlie, cast.other, "charlie") == {"person Charlie Reed", "mailbox charlie@other.test"}
    assert found(cast.operator, cast.corp, "charlie") == set()


def test_lists_are_narrowed_by_the_same_words(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    catch_up()

    def people(text: str) -> set[str]:
        return set(Person.objects.filter(matching(cast.corp, "person", text)).values_list("name", flat=True))

    for named in (500, 0):  # few are named, many are asked for
        monkeypatch.setattr(queries, "NAMED", named)
        assert people("lal") == {"林愛麗"} and people("愛 lin") == {"林愛麗"} and people("nobody") == set()
        assert people(" - ") == set() and people("1") >= {"林愛麗", "王博"}


def test_a_small_part_of_a_large_company_is_found_whole(branches: Branches, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = [Person(company=branches.cast.corp, name=f"林大{n}", created_at=clock.now()) for n in range(60)]
    Person.objects.bulk_create(crowd)
    catch_up()
    monkeypatch.setattr(queries, "STEPS", (3, 5))
    assert {"person 林愛麗"} == {s for s in found(branches.actor(branches.sam), branches.cast.corp, "林") if "林" in s}
