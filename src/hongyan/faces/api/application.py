"""The API as one object: its routes, its renderer, and what becomes of exceptions inside a route."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Router
from ninja.errors import HttpError, ValidationError
from ninja.operation import Operation
from ninja.renderers import JSONRenderer
from ninja.responses import NinjaJSONEncoder

import hongyan
from hongyan.faces.api.problems import Absent, invalid, problem, refused
from hongyan.faces.api.routes import (
    access,
    aliases,
    companies,
    events,
    groups,
    leaving,
    life,
    lives,
    machine,
    mailboxes,
    opening,
    permits,
    persons,
    profiles,
    requests,
    roles,
    shared,
    staff,
    webhooks,
)
from hongyan.kernel.decision import Decision, Refusal


class _Renderer(JSONRenderer):
    """Chinese as it is written, not as escapes."""

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> str:
        return json.dumps(data, cls=NinjaJSONEncoder, ensure_ascii=False)


class _Api(NinjaAPI):
    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__


def _locale(request: HttpRequest) -> str:
    return str(getattr(request, "locale", "en"))


def _refused(request: HttpRequest, refusal: Refusal | type[Refusal]) -> HttpResponse:
    assert isinstance(refusal, Refusal)
    return refused(refusal, _locale(request))


def _absent(request: HttpRequest, absent: Absent | type[Absent]) -> HttpResponse:
    assert isinstance(absent, Absent)
    return refused(absent.refusal, _locale(request), status=404)


def _invalid(request: HttpRequest, error: ValidationError | type[ValidationError]) -> HttpResponse:
    assert isinstance(error, ValidationError)
    return invalid(error.errors, _locale(request))


def _unreadable(request: HttpRequest, error: HttpError | type[HttpError]) -> HttpResponse:
    """The only one that is raised before a route begins: a body that is no JSON."""
    return problem(Decision("api.json"), _locale(request))


ROUTERS: tuple[Router, ...] = (
    companies.router, persons.router, lives.router, leaving.router, opening.router, mailboxes.router, life.router, shared.router, aliases.router, groups.router, requests.router, roles.router,
    permits.router, profiles.router, access.router, webhooks.router, events.router, staff.router, machine.router,
)  # fmt: skip

api = _Api(
    title="Hongyan", version=hongyan.__version__, docs_url=None, openapi_url=None, renderer=_Renderer(),
    urls_namespace="api-v1",
)  # fmt: skip
api.add_exception_handler(Refusal, _refused)
api.add_exception_handler(Absent, _absent)
api.add_exception_handler(ValidationError, _invalid)
api.add_exception_handler(HttpError, _unreadable)
for _router in ROUTERS:
    api.add_router("", _router)
