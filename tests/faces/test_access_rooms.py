"""The rooms of tokens and webhooks: made, shown once, ended; walls around them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from hongyan.company.access.actions import add_token
from hongyan.company.access.models import Token
from hongyan.company.people.models import RoleGrant, Unit
from hongyan.company.people.roles import grant_role, revoke_role
from hongyan.company.webhooks import actions, dispatch
from hongyan.company.webhooks.models import Delivery, Webhook
from hongyan.kernel import clock
from hongyan.kernel.models import Event
from tests.cast import Cast
from tests.faces.conftest import Visit

URL = "https://badges.example/hook"


@pytest.fixture
def carol(cast: Cast, visit: Visit) -> Client:
    browser = visit(cast.carol)
    browser.post("/language", {"locale": "en"})
    return browser


def form(**more: object) -> dict[str, object]:
    day = (clock.today() + timedelta(days=30)).isoformat()
    return {
        "name": "Badges",
        "until": day,
        "permission": ["people.read", "people.write", "mailbox.read", "health.read"],
    } | more


def test_a_token_is_made_and_shown_once(cast: Cast, carol: Client) -> None:
    offered = carol.get("/console/tokens/add").content.decode()
    assert "/console/tokens/add/hr" in offered and "/console/tokens/add/system" not in offered
    assert "/console/tokens/add/audit" not in offered  # the office may not read the audit, nor may its programs
    page = carol.post("/console/tokens/add/hr", form(unit="總公司/信息部"))
    text = re.search(r"hy_[\w-]{43}", page.content.decode())
    token = Token.objects.get()
    assert (
        page.status_code == 200 and text and token.unit == Unit.objects.get(path="總公司/信息部") and token.only is None
    )
    assert text[0] not in carol.get(f"/console/tokens/{token.pk}").content.decode()
    assert "Badges" in carol.get("/console/tokens").content.decode()


def test_less_than_the_role_can_be_given(carol: Client) -> None:
    carol.post("/console/tokens/add/hr", form(permission=["people.read"]))
    assert Token.objects.get().only == ["people.read"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"until": "2020-01-01"}, "between today and"), ({"until": "soon"}, "between today and"), ({"name": ""}, "1 to 100 characters"),
        ({"unit": "月球"}, "月球"), ({"permission": ["audit.read"]}, "audit.read"), ({"permission": []}, "nothing at all"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_beside_the_form(carol: Client, more: dict[str, object], said: str) -> None:
    page = carol.post("/console/tokens/add/hr", form(**more))
    assert page.status_code == 422 and said in page.content.decode() and not Token.objects.exists()


def test_roles_beyond_the_makers_are_not_there(carol: Client) -> None:
    for role in ("system", "security", "audit", "nonsense"):
        assert carol.post(f"/console/tokens/add/{role}", form()).status_code == 404


def test_a_token_is_revoked(cast: Cast, carol: Client) -> None:
    carol.post("/console/tokens/add/hr", form())
    token = Token.objects.get()
    assert carol.post(f"/console/tokens/{token.pk}/revoke").headers["Location"] == "/console/tokens?said=revoked"
    assert carol.post(f"/console/tokens/{token.pk}/revoke").status_code == 409
    assert "Revoked" in carol.get(f"/console/tokens/{token.pk}").content.decode()
    assert "Badges" in carol.get("/console/tokens?state=revoked").content.decode()
    assert "Badges" not in carol.get("/console/tokens?state=active").content.decode()


def test_a_token_without_effect_says_so(cast: Cast, carol: Client) -> None:
    assert cast.bob.account is not None
    grant_role(actor=cast.operator, account=cast.bob.account, role="office", company=cast.corp)
    day = clock.today() + timedelta(days=9)
    add_token(actor=cast.actor(cast.bob), name="Old", role="hr", company=cast.corp, expires_on=day)
    revoke_role(actor=cast.operator, grant=RoleGrant.objects.get(account=cast.bob.account))
    for path in ("/console/tokens", "/console/tokens?state=dead", f"/console/tokens/{Token.objects.get().pk}"):
        assert "Without effect" in re.sub(r"<option.*?</option>", "", carol.get(path).content.decode()), path


def test_tokens_are_exported_as_words(carol: Client) -> None:
    carol.post("/console/tokens/add/hr", form())
    sheet = b"".join(carol.get("/console/tokens?export=csv")).decode("utf-8-sig")
    assert "Badges,Active" in sheet and "good" not in sheet


# -- webhooks ------------------------------------------------------------------------------------------------
def subscribe(browser: Client, **more: object) -> str:
    asked = {"name": "Badges", "url": URL, "kind": ["mailbox.*"], "more": "unit.added"} | more
    return browser.post("/console/webhooks/add", asked).content.decode()


def test_a_webhook_lives_in_its_room(cast: Cast, carol: Client) -> None:
    secret = re.search(r"whsec_[\w+/=]+", subscribe(carol))
    webhook = Webhook.objects.get()
    here = f"/console/webhooks/{webhook.pk}"
    assert secret and webhook.kinds == ["mailbox.*", "unit.added"] and secret[0] not in carol.get(here).content.decode()
    assert carol.post(f"{here}/test").headers["Location"] == f"{here}?said=tested"
    dispatch.settle(Delivery.objects.get(), dispatch.Outcome(503, "Busy", 31))
    shown = carol.get(here).content.decode()
    assert "503" in shown and "Given up" in shown and "Messages have not arrived since" in shown
    carol.post(f"{here}/resend", {"message": Delivery.objects.get().message_id})
    assert Delivery.objects.get().state == "waiting"
    assert carol.post(f"{here}/disable").status_code == 303 and carol.post(f"{here}/disable").status_code == 409
    assert "Switch on" in carol.get(here).content.decode()
    assert carol.post(f"{here}/enable").status_code == 303
    assert "whsec_" in carol.post(f"{here}/secret").content.decode()
    assert "Nothing fits" in carol.get("/console/webhooks?state=disabled").content.decode()
    assert carol.post(f"{here}/remove").headers["Location"] == "/console/webhooks?said=removed"
    assert not Webhook.objects.exists() and carol.get(here).status_code == 404


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"url": "http://badges.example/"}, "not encrypted"), ({"url": "https://127.0.0.1/"}, "private network"),
        ({"kind": [], "more": ""}, "from 1 to 40"), ({"more": "signin.*"}, "may read the audit"), ({"more": "x"}, "no kind of event"),
    ],
)  # fmt: skip
def test_what_cannot_be_subscribed_is_said(carol: Client, more: dict[str, object], said: str) -> None:
    assert said in subscribe(carol, **more) and not Webhook.objects.exists()


# -- walls ---------------------------------------------------------------------------------------------------
@pytest.mark.clause("R1", "G2.1.3")
def test_nobody_else_finds_them(cast: Cast, visit: Visit, carol: Client) -> None:
    carol.post("/console/tokens/add/hr", form())
    subscribe(carol)
    token, webhook = Token.objects.get(), Webhook.objects.get()
    assert cast.bob.account is not None
    unit = Unit.objects.get(path="總公司/信息部")
    grant_role(actor=cast.operator, account=cast.bob.account, role="scoped", company=cast.corp, unit=unit)
    before = acts()
    for person in (cast.charlie, cast.bob, cast.dave, cast.alice):
        browser = visit(person)
        for path in (f"tokens/{token.pk}", f"webhooks/{webhook.pk}", "tokens?company=corp", "webhooks?company=corp"):
            assert browser.get(f"/console/{path}").status_code == 404, (person, path)
        for path in (
            f"tokens/{token.pk}/revoke",
            *(f"webhooks/{webhook.pk}/{w}" for w in ("remove", "secret", "test")),
        ):
            assert browser.post(f"/console/{path}").status_code == 404, (person, path)
        if person != cast.charlie:
            assert browser.get("/console/tokens").status_code == 404
            assert browser.get("/console/webhooks/add").status_code == 404
    assert acts() == before and Token.objects.get().revoked_at is None


def acts() -> int:
    """Events but sign-ins."""
    return Event.objects.filter(chain="corp").exclude(kind__startswith="signin").count()


def test_the_operator_makes_them_for_any_company(cast: Cast) -> None:
    made, _ = actions.add_webhook(actor=cast.operator, company=cast.other, name="x", url=URL, kinds=["*"])
    assert made.company == cast.other
