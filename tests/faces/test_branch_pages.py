"""Every page of the console with an administrator of a branch: nothing beyond his branch is shown, found or done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from hongyan.company.people.models import Appointment, RoleGrant
from hongyan.kernel.models import Event, Outbox
from tests.branches import Branches, account_of
from tests.faces.conftest import Visit

pytestmark = pytest.mark.clause("G2.1.3", "R4")
#: What lies in the other branch, or in none.
BEYOND = (
    "erin@", "Erin", "tina@", "Tina", "desk@", "crew@", "sell@", "銷售部", "carol@", "陳家蓉", "dave@", "vera@", "Vera",
    "charlie@", "Other Ltd",
)  # fmt: skip
LISTS = ("people", "console-mailboxes", "console-aliases", "console-groups")


def routes(patterns: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns)
        else:
            yield pattern


def of_console(*, arguments: bool) -> list[URLPattern]:
    every = routes(get_resolver().url_patterns)
    found = [r for r in every if str(r.pattern).startswith("console") and bool(r.pattern.converters) == arguments]
    return [r for r in found if r.name and not r.name.startswith("api-")]


def told(client: Client, path: str) -> list[str]:
    """What of the other branch an answer tells; the words that were asked for are not an answer."""
    answer = client.get(path)
    assert answer.status_code in (200, 303, 404, 405), path
    content = b"".join(getattr(answer, "streaming_content", ())) or answer.content
    return [word for word in BEYOND if word.encode() in content]


@pytest.fixture
def sam(branches: Branches, visit: Visit) -> Client:
    return visit(branches.sam)


def test_no_page_shows_anything_beyond_the_branch(branches: Branches, visit: Visit, sam: Client) -> None:
    assert {"Erin", "銷售部"} <= set(
        told(visit(branches.cast.carol), reverse("people"))
    )  # to whom the company is shown
    seen = {route.name: told(sam, reverse(route.name)) for route in of_console(arguments=False) if route.name}
    assert {name: words for name, words in seen.items() if words} == {}
    assert len(seen) > 20


def test_no_search_list_or_export_does(branches: Branches, sam: Client) -> None:
    assert "alice@corp.test" in sam.get(reverse("console-mailboxes")).content.decode()
    for name in LISTS:
        path = reverse(name)
        assert told(sam, f"{path}?export=csv") == [], name
        for text in ("er", "de", "cr", "se", "corp.test"):
            shown = sam.get(f"{path}?q={text}", headers={"X-Part": "list"}).content.decode()
            assert not any(word in shown for word in BEYOND), (name, text)
    for text in ("eri", "desk", "crew", "sell", "tin", "carol", "銷售", "charlie"):
        found = sam.get(f"{reverse('console-search')}?q={text}").content.decode()
        assert not any(word in found for word in BEYOND if text.lower() not in word.lower()), text
        assert "corp.test" not in found.replace("mail.corp.test", "").replace("sam@corp.test", ""), text


def test_nothing_beyond_the_branch_is_opened_or_done(branches: Branches, sam: Client) -> None:
    """Every address with an argument, asked for and posted to, about what is in the other branch."""
    erin = branches.erin.person
    assert erin is not None
    post = Appointment.objects.get(person=erin)
    values = {
        "person_id": erin.pk, "post_id": post.pk, "unit_id": branches.sales.pk, "login": "erin@corp.test",
        "grant_id": account_of(branches.tina).roles.get().pk, "role": "it", "number": 1, "run_id": 1, "import_id": 1,
        "name": "corp.test", "identifier": "ABCDEF1", "notice": "quota", "locale": "zh-Hant", "form": "csv", "slot": "logo",
        "what": "close", "kind": "mailboxes",
    }  # fmt: skip
    addresses = {"console-alias": "sell@corp.test", "console-group": "crew@corp.test"}
    before = (Event.objects.count(), Outbox.objects.count(), RoleGrant.objects.count())
    opened = {}
    for route in of_console(arguments=True):
        assert route.name
        address = next((a for start, a in addresses.items() if route.name.startswith(start)), "erin@corp.test")
        known = {key: {**values, "address": address}[key] for key in route.pattern.converters}
        path = reverse(route.name, kwargs=known)
        if route.name == "import-template":
            continue  # an empty sheet
        for method in (sam.get, sam.post):
            answer = method(path)
            if answer.status_code not in (403, 404, 405):
                opened[f"{method.__name__} {path}"] = answer.status_code
    assert opened == {}
    assert (Event.objects.count(), Outbox.objects.count(), RoleGrant.objects.count()) == before
