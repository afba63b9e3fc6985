"""Identity providers that speak SCIM: what they send, and what they get."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast as typed

import pytest
from django.http import HttpResponse
from django.test import Client

from hongyan.company.people.models import Company
from hongyan.company.staff import keeping
from hongyan.company.staff.models import Source
from hongyan.faces.api.limits import Buckets
from hongyan.faces.scim import service
from tests.cast import Cast

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Provider:
    def __init__(self, source: Source, key: str) -> None:
        self.source, self.key, self.client = source, key, Client(headers={"Host": "localhost"})

    def ask(self, method: str, path: str, body: object = None, status: int = 200, **headers: str) -> Any:
        more = {"Authorization": f"Bearer {self.key}"} | headers
        data = b"" if body is None else json.dumps(body).encode()
        found = self.client.generic(
            method, f"/scim/v2/{path}", data, content_type="application/scim+json", secure=True, headers=more
        )
        answer = typed(HttpResponse, found)
        assert answer.status_code == status, (answer.status_code, answer.content)
        self.headers = answer.headers
        return json.loads(answer.content) if answer.content else None

    def get(self, path: str, status: int = 200, **headers: str) -> Any:
        return self.ask("GET", path, status=status, **headers)

    def patch(self, path: str, *operations: dict[str, Any], status: int = 200, tag: str = "") -> Any:
        headers = {"If-Match": tag} if tag else {}
        return self.ask("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)}, status, **headers)

    def user(self, user_name: str, **more: Any) -> Any:
        return self.ask("POST", "Users", {"schemas": [USER], "userName": user_name, "active": True} | more, 201)


@pytest.fixture
def provider(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Provider]:
    monkeypatch.setattr(service, "buckets", Buckets())

    def make(company: Company | None = None, name: str = "Entra ID", **more: Any) -> Provider:
        return Provider(
            *keeping.add_source(actor=cast.operator, company=company or cast.corp, kind="scim", name=name, **more)
        )

    return make
