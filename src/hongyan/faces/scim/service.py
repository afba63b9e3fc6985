"""A SCIM request from its first byte to its answer: whose key it is, what is asked, what went wrong.

Never: looks at cookies or sessions. Always: whatever happens, the answer is SCIM's JSON; of another source's users and
groups nothing can be told from none (promise 7).
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from hongyan.company.staff.keeping import authenticate
from hongyan.company.staff.models import ScimGroup, ScimMember, ScimUser, Source
from hongyan.company.staff.scim import groups, resources, users
from hongyan.company.staff.scim.problems import ScimProblem, invalid, unknown
from hongyan.faces.api.limits import Buckets
from hongyan.faces.scim import discovery, rendering
from hongyan.faces.web.requests import remote_of
from hongyan.faces.web.words import tell
from hongyan.kernel.decision import Refusal

log = logging.getLogger(__name__)
MEDIA_TYPE: Final = "application/scim+json"
PER_MINUTE: Final = 6000  #: an initial cycle of Entra ID is fast
MOST_WRONG: Final = 60
DEFAULT_COUNT: Final = 100
_PATH: Final = re.compile(r"/scim/v2/(?P<kind>[A-Za-z]+)(?:/(?P<uid>[^/]+))?/?")
buckets = Buckets()
Row = TypeVar("Row", ScimUser, ScimGroup)


def handle(request: HttpRequest) -> HttpResponse:
    try:
        return _answer(request)
    except ScimProblem as problem:
        return _problem(problem.status, problem.kind, problem.detail)
    except Refusal as refusal:
        key = refusal.code.startswith("staff.key") or refusal.code == "staff.source_off"
        return _problem(401 if key else 400, "" if key else "invalidValue", tell(refusal.decision, "en"))
    except DisallowedHost:
        return _problem(400, "invalidSyntax", "The request names a host that this is not.")
    except RequestDataTooBig:
        return _problem(413, "", "The request is too large.")
    except (OperationalError, InterfaceError):
        log.exception("database")
        return _problem(503, "", "The database is away; try again.")
    except Exception:
        log.exception("%s %s", request.method, request.path)
        return _problem(500, "", "Something went wrong here; it is in the log.")


def _problem(status: int, kind: str, detail: str) -> HttpResponse:
    body: dict[str, Any] = {"schemas": [resources.ERROR], "status": str(status), "detail": detail}
    if kind:
        body["scimType"] = kind
    answer = _json(body, status)
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="scim"'
    return answer


def _json(body: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type=MEDIA_TYPE)


def _answer(request: HttpRequest) -> HttpResponse:
    request.get_host()
    source = _admit(request)
    match = _PATH.fullmatch(request.path)
    if match is None:
        raise ScimProblem(404, "", "There is nothing here.")
    kind, uid = match["kind"].lower(), match["uid"] or ""
    if kind == "users":
        return _Users(request, source).answer(uid)
    if kind == "groups":
        return _Groups(request, source).answer(uid)
    return _discovery(request, kind, uid)


def _admit(request: HttpRequest) -> Source:
    remote = remote_of(request)
    if not buckets.take(f"wrong {remote}", MOST_WRONG, spend=False).allowed:
        raise ScimProblem(429, "", "Too many wrong keys from this address.")
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    try:
        source = authenticate(text.strip() if scheme.lower() == "bearer" else "")
    except Refusal:
        buckets.take(f"wrong {remote}", MOST_WRONG)
        raise
    if not buckets.take(f"source {source.pk}", PER_MINUTE).allowed:
        raise ScimProblem(429, "", "Too many requests; slower.")
    return source


def _discovery(request: HttpRequest, kind: str, uid: str) -> HttpResponse:
    if request.method != "GET":
        raise ScimProblem(405, "", "This can be read only.")
    if kind == "serviceproviderconfig" and not uid:
        return _json(discovery.provider_config())
    lists = {"resourcetypes": discovery.resource_types, "schemas": discovery.schemas}
    if kind not in lists:
        raise ScimProblem(404, "", "There is nothing here.")
    rows = lists[kind]()
    if not uid:
        return _json(rendering.listed(rows, len(rows), 1))
    found = [row for row in rows if row["id"] == uid]
    if not found:
        raise unknown(kind)
    return _json(found[0])


class _Endpoint(Generic[Row]):
    """`/Users` or `/Groups`; the rows, and what is done with them, are the kind's own."""

    kind = ""

    def __init__(self, request: HttpRequest, source: Source) -> None:
        self.request, self.source = request, source

    def answer(self, uid: str) -> HttpResponse:
        method = self.request.method or ""
        if uid == ".search":
            return self._search() if method == "POST" else self._not_here("POST")
        if not uid:
            return (
                self._list(self._query())
                if method == "GET"
                else self._create()
                if method == "POST"
                else self._not_here("GET, POST")
            )
        match method:
            case "GET":
                return self._one(self.find(uid))
            case "PUT":
                return self._changed(self.replace(uid, self._body()))
            case "PATCH":
                return self._changed(self.patch(uid, self._body()))
            case "DELETE":
                self.delete(uid)
                return HttpResponse(status=204)
        return self._not_here("GET, PUT, PATCH, DELETE")

    # -- of the kind -----------------------------------------------------------------------------------
    def rows(self, text: str) -> QuerySet[Row]:
        raise NotImplementedError

    def find(self, uid: str) -> Row:
        raise NotImplementedError

    def create(self, body: Any) -> Row:
        raise NotImplementedError

    def replace(self, uid: str, body: Any) -> Row:
        raise NotImplementedError

    def patch(self, uid: str, body: Any) -> Row:
        raise NotImplementedError

    def delete(self, uid: str) -> None:
        raise NotImplementedError

    def rendered(self, rows: list[Row], *, wide: bool) -> list[dict[str, Any]]:
        raise NotImplementedError

    # -- of both ---------------------------------------------------------------------------------------
    def _not_here(self, allowed: str) -> HttpResponse:
        answer = _problem(405, "", f"Only {allowed} here.")
        answer.headers["Allow"] = allowed
        return answer

    def _body(self) -> Any:
        if self.request.content_type not in (MEDIA_TYPE, "application/json"):
            raise ScimProblem(415, "", f"{MEDIA_TYPE} is expected.")
        try:
            return json.loads(self.request.body)
        except (ValueError, RecursionError):
            raise invalid("This is no JSON.", "invalidSyntax") from None

    def _query(self) -> dict[str, Any]:
        return dict(self.request.GET.items())

    def _search(self) -> HttpResponse:
        body = self._body()
        return self._list(body if isinstance(body, dict) else {})

    def _list(self, query: dict[str, Any]) -> HttpResponse:
        """RFC 7644 3.4.2.4: `startIndex` counts from 1; a negative `count` is 0."""
        rows = self.rows(str(query.get("filter") or ""))
        total = rows.count()
        start = max(1, _number(query, "startIndex", 1))
        count = max(0, min(discovery.MOST, _number(query, "count", DEFAULT_COUNT)))
        wanted, excluded = _names(query.get("attributes")), _names(query.get("excludedAttributes"))
        part = self.rendered(list(rows[start - 1 : start - 1 + count]), wide=_wide(wanted, excluded))
        found = [rendering.narrowed(row, wanted, excluded) for row in part]
        return _json(rendering.listed(found, total, start))

    def _create(self) -> HttpResponse:
        row = self.create(self._body())
        answer = self._one(row, 201)
        answer.headers["Location"] = rendering.location(self.kind, row.uid)
        return answer

    def _one(self, row: Row, status: int = 200) -> HttpResponse:
        etag = rendering.tag(row.version)
        if self.request.method == "GET" and self.request.headers.get("If-None-Match") == etag:
            answer = HttpResponse(status=304)
        else:
            query = self._query()
            wanted, excluded = _names(query.get("attributes")), _names(query.get("excludedAttributes"))
            (whole,) = self.rendered([row], wide=_wide(wanted, excluded))
            answer = _json(rendering.narrowed(whole, wanted, excluded), status)
        answer.headers["ETag"] = etag
        return answer

    def _changed(self, row: Row) -> HttpResponse:
        return self._one(row)

    def version(self) -> Callable[[int], bool]:
        """Whether the version that is there is the one that the client has read (`If-Match`)."""
        given = self.request.headers.get("If-Match", "")
        tags = [each.strip() for each in given.split(",") if each.strip()]
        return lambda now: not tags or "*" in tags or rendering.tag(now) in tags


class _Users(_Endpoint[ScimUser]):
    kind = "User"

    def rows(self, text: str) -> QuerySet[ScimUser]:
        return users.list_users(self.source, text)

    def find(self, uid: str) -> ScimUser:
        return users.find_user(self.source, uid)

    def create(self, body: Any) -> ScimUser:
        return users.create_user(source=self.source, resource=body)

    def replace(self, uid: str, body: Any) -> ScimUser:
        return users.replace_user(source=self.source, uid=uid, resource=body, version=self.version())

    def patch(self, uid: str, body: Any) -> ScimUser:
        return users.patch_user(source=self.source, uid=uid, body=body, version=self.version())

    def delete(self, uid: str) -> None:
        users.delete_user(source=self.source, uid=uid, version=self.version())

    def rendered(self, rows: list[ScimUser], *, wide: bool) -> list[dict[str, Any]]:
        of: dict[int, list[tuple[str, str]]] = {}
        found = ScimMember.objects.filter(user__in=[row.pk for row in rows]).order_by("pk")
        for user, uid, name in found.values_list("user", "group__uid", "group__display_name"):
            of.setdefault(user, []).append((str(uid), name))
        return [rendering.user(row, of.get(row.pk, ())) for row in rows]


class _Groups(_Endpoint[ScimGroup]):
    kind = "Group"

    def rows(self, text: str) -> QuerySet[ScimGroup]:
        return groups.list_groups(self.source, text)

    def find(self, uid: str) -> ScimGroup:
        return groups.find_group(self.source, uid)

    def create(self, body: Any) -> ScimGroup:
        return groups.create_group(source=self.source, resource=body)

    def replace(self, uid: str, body: Any) -> ScimGroup:
        return groups.replace_group(source=self.source, uid=uid, resource=body, version=self.version())

    def patch(self, uid: str, body: Any) -> ScimGroup:
        return groups.patch_group(source=self.source, uid=uid, body=body, version=self.version())

    def delete(self, uid: str) -> None:
        groups.delete_group(source=self.source, uid=uid, version=self.version())

    def rendered(self, rows: list[ScimGroup], *, wide: bool) -> list[dict[str, Any]]:
        members = groups.members_of(rows) if wide else {}
        return [rendering.group(row, members.get(row.pk, ())) for row in rows]


def _number(query: dict[str, Any], name: str, default: int) -> int:
    try:
        return int(query.get(name, default))
    except (TypeError, ValueError):
        raise invalid(f"{name} is a number.") from None


def _names(given: Any) -> list[str]:
    texts = given if isinstance(given, list) else str(given or "").split(",")
    return [str(name).strip() for name in texts if str(name).strip()]


def _wide(wanted: list[str], excluded: list[str]) -> bool:
    """Whether members are asked for: a group of many thousands is not read to be left out."""
    names = {name.lower().partition(".")[0] for name in (wanted or excluded)}
    return "members" in names if wanted else "members" not in names
