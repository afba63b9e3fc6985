"""An identity provider over HTTPS before the real engines: whom it tells of has a mailbox, whom it disables has left."""

from __future__ import annotations

import json
import urllib.request
from typing import Any
from urllib.parse import quote

import pytest

from hongyan.kernel.instance import Instance
from tests.system.hands import Running, eventually

pytestmark = pytest.mark.system
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class Provider:
    def __init__(self, running: Running, key: str) -> None:
        self.running, self.key = running, key
        self.instance: Instance = running.instance

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        request = urllib.request.Request(
            f"{self.instance.web_url}/scim/v2/{path}", None if body is None else json.dumps(body).encode(), method=method,
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/scim+json"},
        )  # fmt: skip
        with urllib.request.urlopen(request, context=self.running.tls, timeout=20) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None


@pytest.mark.clause("G2.2.2")
def test_told_of_over_https_and_disabled_again(world: Running) -> None:
    made = world.run(
        "people", "source", "add", "Entra ID", "--company", "corp", "--kind", "scim", "--auto", "yes", "--open-mailboxes", "yes"
    )  # fmt: skip
    provider = Provider(world, made["key"])
    assert made["url"] == f"{world.instance.web_url}/scim/v2"
    query = quote('userName eq "yuki@corp.test"')
    assert provider.ask("GET", f"Users?filter={query}")[1]["totalResults"] == 0
    status, user = provider.ask(
        "POST", "Users",
        {"userName": "yuki@corp.test", "active": True, "displayName": "山本由紀", "emails": [{"type": "work", "value": "yuki@corp.test"}],
         ENTERPRISE: {"employeeNumber": "S-1"}},
    )  # fmt: skip
    assert status == 201

    def known() -> bool:
        with world.mx() as mx:
            mx.ehlo("outside.test")
            mx.mail("a@outside.test")
            return mx.rcpt("yuki@corp.test")[0] == 250

    eventually(known)
    report = world.run("people", "reports", "--company", "corp")[0]
    (line,) = world.run("people", "report", str(report["report"]))["lines"]
    assert (line["verdict"], line["state"]) == ("join", "applied")
    person = str(line["person"])
    disable = {"op": "Replace", "path": "active", "value": "False"}
    assert provider.ask("PATCH", f"Users/{user['id']}", {"Operations": [disable]})[1]["active"] is False
    assert world.run("person", "show", person, "--company", "corp")["left_on"]
    enable = {"op": "Replace", "path": "active", "value": True}
    provider.ask("PATCH", f"Users/{user['id']}", {"Operations": [enable]})
    assert world.run("person", "show", person, "--company", "corp")["left_on"] is None
    assert provider.ask("DELETE", f"Users/{user['id']}") == (204, None)
    world.run("people", "source", "remove", "Entra ID", "--company", "corp")
