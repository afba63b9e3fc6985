"""The console's permits and profiles: given and ended on pages, agreed to, shown before a move (B4.10, G3.2.2, P12, P13)."""

from __future__ import annotations

import pytest
from django.urls import reverse

from hongyan.company.mailboxes.members import change_keeper
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.models import Appointment
from hongyan.company.people.roles import grant_role
from hongyan.company.permits.actions import grant_permit
from hongyan.company.permits.models import Modes, Permit
from hongyan.company.profiles.models import Given, Profile
from tests.branches import Branches, account_of
from tests.faces.conftest import Visit


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined,no-any-return]


@pytest.mark.clause("B4.10", "P13")
def test_a_permit_is_given_and_ended_on_the_mailboxs_page(branches: Branches, visit: Visit) -> None:
    carol = visit(branches.cast.carol)
    page, do = reverse("console-mailbox", args=["alice@corp.test"]), "/console/mailboxes/alice@corp.test/do/"
    refused = carol.post(f"{do}permit", {"kind": "forward", "value": "bob@corp.test", "reason": "試"})
    assert refused.status_code == 422 and "bob@corp.test" in text(refused) and not Permit.objects.exists()
    given = carol.post(f"{do}permit", {"kind": "forward", "value": "@partner.test", "until": "2999-01-01"})
    assert given.status_code == 303
    row = Permit.objects.get()
    assert "@partner.test" in text(carol.get(page)) and "2999-01-01" in text(carol.get(page))
    listed = text(carol.get(reverse("console-permits")))
    assert "alice@corp.test" in listed and "@partner.test" in listed
    assert "@partner.test" not in text(carol.get(reverse("console-permits") + "?kind=large"))
    for asked, shown in (("q=@part", True), ("q=bob", False), ("end=soon", False), ("end=lasting", False)):
        assert ("alice@corp.test" in text(carol.get(reverse("console-permits") + f"?{asked}"))) is shown, asked
    other = "/console/mailboxes/bob@corp.test/do/permit-end"
    assert carol.post(other, {"permit": row.pk}).status_code == 422
    assert carol.post(f"{do}permit-end", {"permit": row.pk}).status_code == 303 and not Permit.objects.exists()


@pytest.mark.clause("B4.10", "P13")
def test_who_needs_a_permit(branches: Branches, visit: Visit) -> None:
    carol = visit(branches.cast.carol)
    path = reverse("console-permit-modes")
    assert carol.get(path).status_code == 200
    assert carol.post(path, {"outside": "approved", "forward": "everyone"}).status_code == 303
    modes = Modes.objects.get(company=branches.cast.corp)
    assert (modes.outside, modes.forward) == ("approved", "everyone")
    assert carol.post(path, {"outside": "nobody"}).status_code == 422
    for who in (branches.sam, branches.cast.alice):
        assert visit(who).get(path).status_code == 404


@pytest.mark.clause("G2.1.3")
def test_a_branchs_administrator_and_an_outsider(branches: Branches, visit: Visit) -> None:
    cast = branches.cast
    mine = grant_permit(actor=cast.operator, mailbox=cast.alice, kind="outside")
    theirs = grant_permit(actor=cast.operator, mailbox=branches.erin, kind="forward", value="*", reason="密")
    sam, charlie = visit(branches.sam), visit(cast.charlie)
    shown = text(sam.get(reverse("console-permits")))
    assert "alice@corp.test" in shown and "erin@corp.test" not in shown
    for client, pk in ((sam, theirs.pk), (charlie, mine.pk), (charlie, theirs.pk)):
        client.post("/console/mailboxes/alice@corp.test/do/permit-end", {"permit": pk})
        client.post("/console/mailboxes/erin@corp.test/do/permit-end", {"permit": pk})
    assert Permit.objects.count() == 2
    assert "corp.test" not in text(charlie.get(reverse("console-permits")))


@pytest.mark.clause("P12", "G3.2.2")
def test_a_profile_from_its_making_to_its_end(branches: Branches, visit: Visit) -> None:
    cast = branches.cast
    carol = visit(cast.carol)
    assert carol.post(reverse("profile-add"), {"name": "", "company": "corp"}).status_code == 422
    made = carol.post(
        reverse("profile-add"), {"name": "銷售", "unit": "總公司/銷售部", "below": "1", "company": "corp"}
    )
    profile = Profile.objects.get()
    assert made.status_code == 303 and profile.below

    def do(what: str, **form: object) -> int:
        return carol.post(reverse("profile-do", args=[profile.pk, what]), form).status_code

    assert do("bring", kind="group", value="nothing@corp.test") == 422
    assert do("bring", kind="group", value="crew@corp.test") == 303
    assert do("bring", kind="size", value="8192") == 303
    assert do("bring", kind="role", value="it") == 303
    assert Mailbox.objects.get(address="erin@corp.test").quota_mb == 8192
    shown = text(carol.get(reverse("profile", args=[profile.pk])))
    assert "crew@corp.test" in shown and "8192 MB" in shown and "銷售" in text(carol.get(reverse("profiles")))
    person = branches.erin.person
    assert person is not None and "8192 MB" in text(carol.get(reverse("person", args=[person.pk])))
    item = profile.items.get(kind="size")
    assert do("drop", item=item.pk) == 303 and do("drop", item=item.pk) == 422
    assert do("change", name="銷售二", unit="", grade="x") == 422
    assert do("change", name="銷售二", unit="總公司/銷售部", grade="5") == 303
    assert not Given.objects.exists() and do("nothing") == 404
    for who in (branches.sam, cast.charlie, cast.alice):
        other = visit(who)
        assert other.get(reverse("profile", args=[profile.pk])).status_code == 404
        assert other.post(reverse("profile-do", args=[profile.pk, "remove"])).status_code == 404
    assert do("remove") == 303 and not Profile.objects.exists()


@pytest.mark.clause("G2.1.3")
def test_what_waits_is_agreed_to_on_the_profiles_page(branches: Branches, visit: Visit) -> None:
    cast = branches.cast
    carol = visit(cast.carol)
    carol.post(reverse("profile-add"), {"name": "銷售", "unit": "總公司/銷售部", "company": "corp"})
    profile = Profile.objects.get()
    carol.post(
        reverse("profile-do", args=[profile.pk, "bring"]),
        {"kind": "shared", "value": "desk@corp.test", "rights": "read"},
    )
    grant_role(actor=cast.operator, account=account_of(cast.alice), role="hr", company=cast.corp)
    post = Appointment.objects.get(person=cast.alice.person)
    visit(cast.alice).post(reverse("person-post", args=[post.person_id, post.pk]), {"unit": "總公司/銷售部"})
    row = Given.objects.get(person=post.person)
    assert row.state == "waiting" and "alice@corp.test" in text(carol.get(reverse("profile", args=[profile.pk])))
    assert carol.post(reverse("profile-do", args=[profile.pk, "agree"]), {"given": row.pk}).status_code == 303
    assert Given.objects.get(pk=row.pk).state == "given"
    assert carol.post(reverse("profile-do", args=[profile.pk, "agree"]), {"given": row.pk}).status_code == 422


@pytest.mark.clause("G3.2.2")
def test_a_move_is_shown_before_it_is_made(branches: Branches, visit: Visit) -> None:
    cast = branches.cast
    carol, sam = visit(cast.carol), visit(branches.sam)
    post = Appointment.objects.get(person=cast.alice.person)
    path, form = reverse("person-move", args=[post.person_id, post.pk]), {"unit": "總公司/銷售部", "post": "業務"}
    shown = text(carol.post(path, form))
    assert "team@corp.test" in shown and 'value="業務"' in shown  # hers by hand, of the unit that she leaves
    assert Appointment.objects.get(pk=post.pk).unit.path != "總公司/銷售部"
    assert sam.post(path, form).status_code == 422  # a unit beyond his branch is as unknown as none
    assert visit(cast.charlie).post(path, form).status_code == 404
    assert carol.get(path).status_code == 405
    person = cast.alice.person
    assert person is not None
    change_keeper(actor=cast.operator, mailbox=branches.info, keeper=person)
    shown = text(carol.post(path, form))
    assert "info@corp.test" in shown and "disabled" in shown
    refused = carol.post(reverse("person-post", args=[post.person_id, post.pk]), form)
    assert refused.status_code == 422 and "info@corp.test" in text(refused)
