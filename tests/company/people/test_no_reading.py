"""No right of administration includes reading mail: there is no such permission, the engines hear nothing of roles, the
master login of the mail store is no account, and nobody lets himself in (clauses G2.1.3, G4.2.3)."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any, get_args

import pytest

import hongyan
from hongyan.company.mailboxes import actions, members
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people import credentials
from hongyan.company.people.actions import appoint
from hongyan.company.people.models import ROLES, Account, Person
from hongyan.company.people.queries import actor_of
from hongyan.company.people.roles import grant_role
from hongyan.company.people.standing import require_standing
from hongyan.kernel.actor import PERMITS, Actor, Permission
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import Instance
from hongyan.release import required
from hongyan.release.render import Secrets, render
from hongyan.release.snapshot import all_facts, read_ground
from tests.branches import Branches, account_of
from tests.instance import make_instance

SOURCE = Path(hongyan.__file__).parent
pytestmark = pytest.mark.clause("G2.1.3", "G4.2.3")


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, match=f"^{code}$")


def test_there_is_no_permission_to_read_mail() -> None:
    """What can be permitted at all; a new name is looked at here before it can be given to anybody."""
    known = {
        "company.write", "people.write", "people.read", "mailbox.write", "mailbox.read", "group.write", "group.read",
        "role.read", "role.write", "settings.write", "queue.write", "token.write", "audit.read", "health.read",
        "release.write",
    }  # fmt: skip
    assert set(get_args(Permission)) == known == frozenset().union(*PERMITS.values())


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return make_instance(tmp_path / "i")


def test_no_role_changes_what_the_engines_are_told(branches: Branches, instance: Instance) -> None:
    """But for where mail to postmaster@ goes: the engines' whole configuration is the same with all roles and none."""

    def told() -> tuple[object, object]:
        reserved = {f.address for f in required.facts()}
        facts = sorted((f for f in all_facts() if f.address not in reserved), key=lambda f: f.address)
        ground = read_ground(instance)
        return facts, render(ground, Secrets(webmaster="w", guard="g"))

    before, alice = told(), account_of(branches.cast.alice)
    for role in ROLES:
        grant_role(
            actor=branches.cast.operator, account=alice, role=role, company=branches.cast.corp,
            unit=branches.it if role == "scoped" else None,
        )  # fmt: skip
    grant_role(actor=branches.cast.operator, account=alice, role="system", company=None)
    assert actor_of(alice).may("mailbox.write", "corp") and told() == before


def modules_with(pattern: str) -> set[str]:
    found = set()
    for path in SOURCE.rglob("*.py"):
        texts = (n.value for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Constant))
        if any(isinstance(text, str) and re.fullmatch(pattern, text, re.DOTALL) for text in texts):
            found.add(str(path.relative_to(SOURCE)))
    return found


def test_the_master_login_is_a_secret_of_the_machine_and_no_account(branches: Branches, instance: Instance) -> None:
    """It belongs to root: made with the instance, kept in no row, used to ask for a size and to fill the sample."""
    assert modules_with(r"webmaster\.pass") == {
        "engines/setup/making.py", "engines/store.py", "faces/cli/sample_folders.py", "release/render/secrets.py",
    }  # fmt: skip
    store = ast.parse((SOURCE / "engines/store.py").read_text("utf-8"))
    calls = {
        node.func.attr
        for node in ast.walk(store)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "imap"
    }  # fmt: skip
    assert calls == {"login", "getquotaroot"}
    assert not Account.objects.filter(login__contains="webmail").exists()


def test_nothing_of_ours_asks_the_engines_for_a_message() -> None:
    """No command that shows what a message says is named anywhere, but for the header of queued mail (postcat -h) and what two
    persons let somebody look at after a leaver (clause G2.1.5)."""
    asks = r"fetch|save|copy|backup|sync|dump|batch|import|proxy|exec"
    looks = {"engines/desk/leavers.py": {"copy"}, "engines/desk/preauth.py": {"exec"}}
    seen: dict[str, set[str]] = {}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, (ast.Call, ast.List, ast.Tuple)):
                continue
            parts = node.args if isinstance(node, ast.Call) else node.elts
            words = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            found = {word for word in words if re.fullmatch(asks, word)}
            if found and ("doveadm" in called or any("doveadm" in word for word in words)):
                seen.setdefault(str(path.relative_to(SOURCE)), set()).update(found)
            if "postcat" in words:
                assert "-h" in words and not {"-b", "-m"} & set(words), path
    assert seen == looks


def test_an_administrator_does_not_become_somebody_else_unseen(branches: Branches) -> None:
    """No link signs in as another person; a password that is reset ends what its owner knew."""
    cast = branches.cast
    for actor in (cast.actor(cast.carol), branches.actor(branches.sam), cast.operator):
        with refused("link.operator_only"):
            credentials.make_link(actor=actor, account=account_of(cast.alice), purpose="signin")
        with refused("permission.missing"):  # nor does he make himself a device's password
            actions.add_app_password(actor=actor, mailbox=cast.alice, device="phone")
    before = account_of(cast.alice).password
    credentials.reset_password(actor=branches.actor(branches.sam), account=account_of(cast.alice))
    assert account_of(cast.alice).password != before and account_of(cast.alice).must_change


def test_no_administrator_lets_himself_into_a_shared_mailbox(branches: Branches) -> None:
    cast, info = branches.cast, branches.info
    carol, sam = cast.actor(cast.carol), branches.actor(branches.sam)
    for actor, own in ((carol, cast.carol), (sam, branches.sam)):
        with refused("member.own"):
            members.add_member(actor=actor, mailbox=info, member=own, rights=["read"])
        assert own.person is not None
        with refused("member.own"):
            members.change_keeper(actor=actor, mailbox=info, keeper=own.person)
    members.add_member(actor=carol, mailbox=info, member=branches.sam, rights=["send_as"])  # another one does
    with refused("member.own"):
        members.change_rights(actor=sam, mailbox=info, member=branches.sam, rights=["read"])
    assert cast.alice.person is not None
    members.change_keeper(actor=carol, mailbox=info, keeper=cast.alice.person)
    members.add_member(actor=cast.actor(cast.alice), mailbox=info, member=cast.bob, rights=["read"])


def test_no_second_mailbox_is_a_way_into_what_its_person_keeps_or_heads(branches: Branches) -> None:
    cast, carol = branches.cast, branches.cast.actor(branches.cast.carol)
    assert cast.alice.person is not None and cast.bob.person is not None and branches.erin.person is not None

    def second(actor: Actor, person: Person, name: str = "second", **more: Any) -> None:
        new = actions.NewMailbox(f"{name}@corp.test", person=person, **more)
        actions.open_with_password(actor=actor, company=cast.corp, new=new, password=None)

    members.change_keeper(actor=carol, mailbox=branches.info, keeper=cast.alice.person)
    with refused("keeper.second_mailbox"):
        second(carol, cast.alice.person)
    second(carol, branches.erin.person)  # keeps nothing, so it opens nothing
    with refused("keeper.second_mailbox"):
        members.change_keeper(actor=carol, mailbox=branches.info, keeper=branches.erin.person)
    with refused("keeper.second_mailbox"):
        actions.open_mailbox(
            actor=carol, company=cast.corp,
            new=actions.NewMailbox("box@corp.test", kind="shared", keeper=branches.erin.person),
        )  # fmt: skip
    appoint(actor=cast.operator, person=cast.bob.person, unit=branches.sales, head=True)
    with refused("account.stands_higher"):  # Bob sees sales, Sam does not
        second(branches.actor(branches.sam), cast.bob.person, "bob2")
    second(carol, cast.bob.person, "bob2")
    assert not Mailbox.objects.filter(address__in=["box@corp.test"]).exists()


def test_standing_asks_for_everything_that_was_given(branches: Branches) -> None:
    cast = branches.cast
    grant_role(
        actor=cast.operator, account=account_of(cast.bob), role="it", company=cast.corp, unit=branches.sales,
        permissions=["mailbox.read"],
    )  # fmt: skip
    require_standing(cast.actor(cast.carol), account_of(cast.bob))
    with refused("account.stands_higher"):  # a right in another branch is one that Sam has not
        require_standing(branches.actor(branches.sam), account_of(cast.bob))
