"""What a token holds: its own role and place, and no more than its maker has at this moment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hongyan.company.access import actions, answers, queries
from hongyan.company.access.models import Token
from hongyan.company.people.models import Company, RoleGrant, Unit
from hongyan.company.people.units import rename_unit
from hongyan.kernel import clock, sealing
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event
from tests.cast import Cast


def make(
    actor: Actor, role: str, company: Company | None, unit: Unit | None = None, **more: object
) -> tuple[Token, str]:
    day = clock.today() + timedelta(days=30)
    return actions.add_token(actor=actor, name="x", role=role, company=company, unit=unit, expires_on=day, **more)  # type: ignore[arg-type]


@pytest.fixture
def department(cast: Cast) -> Unit:
    return Unit.objects.get(company=cast.corp, path="總公司/信息部")


@pytest.mark.clause("G2.1.3")
@pytest.mark.parametrize("role", ["system", "security", "audit"])
def test_nobody_makes_one_that_holds_more_than_he_does(cast: Cast, role: str) -> None:
    with pytest.raises(Refusal, match=r"token\.beyond_maker"):
        make(cast.actor(cast.carol), role, cast.corp)
    assert not Token.objects.exists()


@pytest.mark.clause("R1")
def test_nobody_makes_one_for_another_company(cast: Cast) -> None:
    for company in (cast.corp, None):
        with pytest.raises(Refusal, match=r"permission\.missing"):
            make(cast.actor(cast.charlie), "hr", company)


def test_what_the_maker_loses_his_token_loses(cast: Cast) -> None:
    _, text = make(cast.actor(cast.carol), "hr", cast.corp)
    RoleGrant.objects.filter(account=cast.carol.account).update(permissions=["people.read", "token.write"])
    _, actor = queries.authenticate(text)
    assert actor.may("people.read", "corp") and not actor.may("people.write", "corp")


def test_a_token_of_a_unit_follows_its_unit(cast: Cast, department: Unit) -> None:
    token, text = make(cast.operator, "scoped", cast.corp, department)
    assert token.unit_id == department.pk
    rename_unit(actor=cast.operator, unit=department, name="資訊部")
    _, actor = queries.authenticate(text)
    assert actor.may("mailbox.write", "corp", ["總公司/資訊部/網絡處"])
    assert not actor.may("mailbox.write", "corp", ["總公司"]) and not actor.may("mailbox.write", "corp")


def test_a_token_knows_who_answers_for_it(cast: Cast) -> None:
    token, text = make(cast.actor(cast.carol), "office", cast.corp)
    _, actor = queries.authenticate(text, remote="203.0.113.9", locale="zh-Hans")
    assert actor.name == f"token/{token.pk} (carol@corp.test)" and actor.account_id is None
    assert cast.carol.account is not None and actor.maker_id == cast.carol.account.pk and actor.locale == "zh-Hans"


def test_the_text_of_a_token_is_kept_nowhere(cast: Cast) -> None:
    token, text = make(cast.operator, "hr", cast.corp)
    assert text not in str(token.__dict__) and token.hint == text[-4:] and len(token.hash) == 64
    assert not Event.objects.filter(params__icontains=text).exists()


@pytest.mark.parametrize("text", ["", "hy_", "hy_" + "é" * 40, "bearer", "\ud800", "hy_" + "a" * 100_000])
def test_odd_tokens_are_just_wrong(cast: Cast, text: str) -> None:
    with pytest.raises(Refusal, match=r"token\.wrong"):
        queries.authenticate(text)


def test_there_is_an_end_to_how_many(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MAX_TOKENS", 2)
    make(cast.operator, "hr", cast.corp), make(cast.operator, "hr", cast.corp)
    with pytest.raises(Refusal, match=r"token\.too_many"):
        make(cast.operator, "hr", cast.corp)
    actions.revoke_token(actor=cast.operator, token=Token.objects.latest("pk"))
    make(cast.operator, "hr", cast.corp)


def test_old_answers_are_forgotten(cast: Cast) -> None:
    token, text = make(cast.operator, "hr", cast.corp)
    answers.keep(token, "key", "print", text, answers.Kept(201, {"Location": "/x"}, b"{}"))
    assert answers.find(token, "key", "print", text) == answers.Kept(201, {"Location": "/x"}, b"{}")
    with pytest.raises(sealing.Broken):
        answers.find(token, "key", "print", "another token")
    with clock.shifted(timedelta(hours=25)):
        assert answers.find(token, "key", "print", text) is None and answers.forget_old() == 1


def test_sealed_text_is_for_one_purpose_and_whole() -> None:
    sealed = sealing.seal(b"text", key="k" * 40, purpose="a")
    assert sealing.unseal(sealed, key="k" * 40, purpose="a") == b"text" and sealed != sealing.seal(
        b"text", key="k" * 40, purpose="a"
    )
    for changed, purpose in (
        (sealed, "b"),
        (sealed[:-1] + bytes([sealed[-1] ^ 1]), "a"),
        (b"", "a"),
        (sealed[:10], "a"),
    ):
        with pytest.raises(sealing.Broken):
            sealing.unseal(changed, key="k" * 40, purpose=purpose)
