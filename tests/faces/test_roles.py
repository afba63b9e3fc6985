"""The room of roles: who sees what, granting, revoking, explaining, the separation of offices."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from hongyan.company.people import credentials
from hongyan.company.people.models import RoleGrant
from hongyan.company.people.roles import grant_role
from hongyan.kernel import clock
from hongyan.kernel.actor import Grant
from tests.branches import IT, Branches, account_of
from tests.cast import Cast
from tests.faces.conftest import Browser, Visit

pytestmark = pytest.mark.clause("G2.1.3")
PAGES = ("/console/roles", "/console/roles/grant", "/console/roles/grant/it", "/console/roles/separation")


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.parametrize(
    ("name", "seen"),
    [("alice", ()), ("bob", ()), ("sam", ()), ("dave", (0, 3)), ("carol", (0, 1, 2, 3)), ("vera", (0, 1, 2, 3))],
)
def test_who_finds_the_room(branches: Branches, visit: Visit, name: str, seen: tuple[int, ...]) -> None:
    client = visit(getattr(branches.cast, name, None) or getattr(branches, name))
    found = tuple(i for i, path in enumerate(PAGES) if client.get(path).status_code == 200)
    assert found == seen
    if not seen:
        assert all(client.get(path).status_code == 404 for path in PAGES)


def test_who_holds_what_is_listed_with_where_until_by_whom_and_why(branches: Branches, visit: Visit) -> None:
    until = clock.today() + timedelta(days=3)
    grant_role(
        actor=branches.cast.operator, account=account_of(branches.cast.alice), role="scoped", company=branches.cast.corp,
        unit=branches.it, until=until, reason="假期代班", permissions=["mailbox.read"], seats=7, storage_mb=20480,
    )  # fmt: skip
    page = text(visit(branches.cast.carol), "/console/roles?q=alice")
    for shown in ("alice@corp.test", "分級管理員", IT, until.isoformat(), "cli:test", "假期代班", "7 個郵箱", "20 GB"):
        assert shown in page, shown
    assert "sam@corp.test" not in page and "charlie@other.test" not in page
    assert "sam@corp.test" in text(visit(branches.cast.dave), "/console/roles?role=scoped")
    RoleGrant.objects.filter(until=until).update(until=clock.today() - timedelta(days=1))
    assert "alice@corp.test" not in text(visit(branches.cast.carol), "/console/roles?q=alice")


def test_an_outsider_sees_his_own_company_s_roles(branches: Branches, visit: Visit) -> None:
    charlie = visit(branches.cast.charlie)
    page = text(charlie, "/console/roles")
    assert "charlie@other.test" in page and "corp.test" not in page.replace("mail.corp.test", "")
    assert charlie.get("/console/roles?company=corp").status_code == 404
    assert charlie.get("/console/roles/of/carol@corp.test").status_code == 404
    grant = account_of(branches.sam).roles.get()
    assert charlie.post(f"/console/roles/{grant.pk}/revoke").status_code == 404
    answer = charlie.post("/console/roles/grant/it", {"login": "alice@corp.test", "permission": ["mailbox.read"]})
    assert answer.status_code == 422 and RoleGrant.objects.filter(pk=grant.pk).exists()
    posted = {"company": "corp", "login": "alice@corp.test", "permission": ["mailbox.read"]}
    assert charlie.post("/console/roles/grant/it", posted).status_code == 404
    assert charlie.post("/console/roles/separation", {"company": "corp", "on": "1"}).status_code == 404


def test_a_role_is_granted_and_revoked(branches: Branches, visit: Visit) -> None:
    carol = visit(branches.cast.carol)
    assert "/console/roles/grant/scoped" in text(carol, "/console/roles/grant?login=alice@corp.test")
    form = text(carol, "/console/roles/grant/scoped?login=alice@corp.test")
    assert 'value="alice@corp.test"' in form and IT in form and "其名下" not in form
    posted = {
        "company": "corp", "login": "Alice@corp.test", "unit": IT, "permission": ["mailbox.read", "mailbox.write"],
        "seats": "30", "storage": "100", "until": "2099-01-31", "reason": "代班",
    }  # fmt: skip
    answer = carol.post("/console/roles/grant/scoped", posted)
    assert answer.status_code == 303 and answer["Location"].startswith("/console/roles/of/alice@corp.test")
    rights = frozenset({"mailbox.read", "mailbox.write"})
    alice = branches.actor(branches.cast.alice)
    assert alice.grants == (Grant("scoped", "corp", IT, rights, seats=30, storage_mb=102400),)
    page = text(carol, answer["Location"])
    assert "角色已授予" in page and "由 carol@corp.test" in page and "2099-01-31" in page
    grant = account_of(branches.cast.alice).roles.get()
    assert f"/console/roles/{grant.pk}/revoke" in page
    answer = carol.post(f"/console/roles/{grant.pk}/revoke", {"reason": "結束"})
    assert answer.status_code == 303 and branches.actor(branches.cast.alice).grants == ()
    assert carol.post(f"/console/roles/{grant.pk}/revoke").status_code == 404


@pytest.mark.parametrize(
    ("role", "changes", "said"),
    [
        ("scoped", {"unit": ""}, "必須指定單位"),
        ("scoped", {"unit": "無此"}, "沒有單位"),
        ("it", {"login": "nobody@corp.test"}, "沒有帳號"),
        ("it", {"login": "charlie@other.test"}, "沒有帳號"),
        ("it", {"login": "carol@corp.test"}, "不能給自己"),
        ("it", {"permission": []}, "至少選擇一項"),
        ("it", {"until": "morgen"}, "不是日期"),
        ("it", {"until": "2001-01-01"}, "已經過去"),
        ("scoped", {"seats": "many"}, "大於零的整數"),
        ("scoped", {"storage": "0"}, "大於零的整數"),
    ],
)
def test_a_refused_grant_keeps_what_was_typed(
    branches: Branches, visit: Visit, role: str, changes: dict[str, str], said: str
) -> None:
    before = RoleGrant.objects.count()
    posted = {"login": "alice@corp.test", "unit": IT, "permission": ["mailbox.read"], "reason": "記得我"} | changes
    answer = visit(branches.cast.carol).post(f"/console/roles/grant/{role}", posted)
    page = answer.content.decode()
    assert answer.status_code == 422 and said in page and 'value="記得我"' in page
    assert RoleGrant.objects.count() == before


def test_only_what_can_be_given_is_offered(branches: Branches, visit: Visit) -> None:
    carol, vera = visit(branches.cast.carol), visit(branches.vera)
    assert carol.get("/console/roles/grant/system").status_code == 404
    assert carol.get("/console/roles/grant/head").status_code == 404
    assert "/console/roles/grant/audit" not in text(carol, "/console/roles/grant")
    assert "/console/roles/grant/audit" in text(vera, "/console/roles/grant")
    assert vera.post("/console/roles/grant/audit", {"login": "alice@corp.test", "permission": ["audit.read", "role.read", "health.read"], "everywhere": "on"}).status_code == 303  # fmt: skip
    assert branches.actor(branches.cast.alice).grants == (Grant("audit", "corp"),)  # everywhere is not hers to give


def test_the_operator_gives_a_role_for_every_company(branches: Branches, visit: Visit) -> None:
    operator, cast = Browser(), branches.cast
    account = credentials.ensure_operator(actor=cast.operator)
    operator.post(f"/link/{credentials.make_link(actor=cast.operator, account=account, purpose='signin')}")
    posted = {"company": "corp", "login": "alice@corp.test", "permission": ["audit.read", "role.read", "health.read"]}
    answer = operator.post("/console/roles/grant/audit", posted | {"everywhere": "on"})
    assert answer.status_code == 303 and branches.actor(cast.alice).grants == (Grant("audit"),)
    page = text(operator, "/console/roles?company=corp")
    assert "alice@corp.test" in page and "所有公司" in page
    assert "alice@corp.test" not in text(visit(cast.carol), "/console/roles")  # not hers to see: it is the machine's
    assert "charlie@other.test" in text(operator, "/console/roles?company=other")
    assert "整台機器上的所有公司" in text(operator, "/console/roles/of/alice@corp.test")
    answer = operator.post(f"/console/roles/{account.roles.get().pk}/revoke")
    assert answer.status_code == 422 and "最後一位" in answer.content.decode()


def test_one_s_own_rights_are_everybody_s_to_see(branches: Branches, visit: Visit) -> None:
    page = text(visit(branches.cast.alice), "/console/roles/of/alice@corp.test")
    assert "我的權限" in page and "沒有任何管理角色" in page and "不含閱讀郵件" in page
    assert visit(branches.cast.alice).get("/console/roles/of/bob@corp.test").status_code == 404
    sam = visit(branches.sam)
    assert "部門主管" in text(sam, "/console/roles/of/bob@corp.test")
    assert sam.get("/console/roles/of/erin@corp.test").status_code == 404
    assert sam.get("/console/roles/of/carol@corp.test").status_code == 404
    own = text(sam, "/console/roles/of/sam@corp.test")
    assert "卸任" in own and "可以替他人重設密碼，但不能悄悄進行" in own
    grant = account_of(branches.sam).roles.get()
    other = account_of(branches.tina).roles.get()
    assert sam.post(f"/console/roles/{other.pk}/revoke").status_code == 404
    assert sam.post(f"/console/roles/{grant.pk}/revoke").status_code == 303
    assert branches.actor(branches.sam).grants == ()


@pytest.mark.parametrize(
    ("locale", "said"),
    [("en", "Reading mail is not included"), ("zh-Hans", "不含阅读邮件"), ("zh-Hant", "不含閱讀郵件")],
)
def test_rights_are_explained_in_three_languages(branches: Branches, visit: Visit, locale: str, said: str) -> None:
    carol = visit(branches.cast.carol)
    carol.post("/language", {"locale": locale})
    page = text(carol, "/console/roles/of/sam@corp.test")
    assert said in page and IT in page


def test_a_refused_revocation_says_why(branches: Branches, visit: Visit) -> None:
    grant = account_of(branches.cast.dave).roles.get()
    answer = visit(branches.cast.carol).post(f"/console/roles/{grant.pk}/revoke")
    assert answer.status_code == 422 and "您自己沒有的權限（查閱審計記錄）" in answer.content.decode()
    assert account_of(branches.cast.dave).roles.exists()


def test_the_separation_is_switched(branches: Branches, visit: Visit) -> None:
    carol, vera, dave = visit(branches.cast.carol), visit(branches.vera), visit(branches.cast.dave)
    extra = grant_role(
        actor=branches.cast.operator, account=account_of(branches.vera), role="audit", company=branches.cast.corp
    )
    page = carol.post("/console/roles/separation", {"on": "1"})
    assert page.status_code == 422 and "vera@corp.test 兼任" in page.content.decode()
    extra.delete()
    assert dave.post("/console/roles/separation", {"on": "1"}).status_code == 422  # who only looks
    assert carol.post("/console/roles/separation", {"on": "1"}).status_code == 303
    assert "已启用" in text(dave, "/console/roles")
    assert carol.get("/console/roles/grant").status_code == 404
    assert carol.post("/console/roles/separation", {"on": "0"}).status_code == 422
    assert "/console/roles/grant/office" in text(vera, "/console/roles/grant")
    assert vera.post("/console/roles/separation", {"on": "0"}).status_code == 303
    branches.cast.corp.refresh_from_db()
    assert not branches.cast.corp.separated


def test_the_list_costs_the_same_with_many_holders(
    cast: Cast, visit: Visit, django_assert_max_num_queries: object
) -> None:
    carol = visit(cast.carol)
    RoleGrant.objects.bulk_create(
        RoleGrant(account=account_of(cast.alice), role="it", company=cast.corp, granted_at=clock.now())
        for _ in range(60)
    )
    with django_assert_max_num_queries(25):  # type: ignore[operator]
        assert text(carol, "/console/roles").count("alice@corp.test</a>") == 50
