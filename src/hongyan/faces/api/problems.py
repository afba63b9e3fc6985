"""What goes wrong, as problem details (RFC 9457): the codes of the command line, words in the reader's language.

Owns: the status of each refusal and the words for fields that do not fit.
Always: `code` and `type` do not depend on the language; every field that is wrong is named at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.http import HttpResponse

from hongyan.faces.web.words import tell
from hongyan.kernel.decision import Decision, Refusal

MEDIA_TYPE: Final = "application/problem+json"
TYPE: Final = "urn:hongyan:problem:"
_STATUS: Final = {
    "permission.missing": 403, "api.path_unknown": 404, "api.method": 405, "api.idempotency_busy": 409,
    "api.too_large": 413, "api.media_type": 415, "api.rate": 429, "api.internal": 500, "api.away": 503, "api.json": 400,
    "staff.stale": 409, "staff.report_state": 409, "staff.guard": 409, "staff.nothing": 409,
    "api.nul": 400, "api.host": 400, "api.cursor_malformed": 400, "api.idempotency_key": 400,
    "token.missing": 401, "token.wrong": 401, "token.revoked": 401, "token.expired": 401, "token.maker_gone": 401,
}  # fmt: skip
#: What has to do with the state that something is in, not with what was sent.
_CONFLICT: Final = re.compile(
    r"(taken|exists|_exists|already|already_\w+|not_\w+|closed|suspended|disabled|loop|too_many|last_\w+|held|in_use|busy"
    r"|not_empty|over|separated|seats|storage|moving)$"
)
_FORBIDDEN: Final = frozenset(
    ("role.own", "role.beyond_giver", "account.stands_higher", "separation.security_only", "token.beyond_maker",
     "webhook.kind_audited", "permit.own", "profile.agree_own", "member.own", "person.leaves_self",
     "request.own", "request.not_yours", "request.not_asked", "request.not_for_him", "request.to_oneself")
)  # fmt: skip


class Absent(Exception):
    """What the address of the request names is not there for this actor. Carries the refusal that said so."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def status_of(code: str) -> int:
    """Without knowing where it came from: something unknown in a body is a field that does not fit."""
    if code in _STATUS:
        return _STATUS[code]
    if code in _FORBIDDEN:
        return 403
    return 409 if _CONFLICT.search(code.partition(".")[2]) else 422


def problem(
    decision: Decision, locale: str, *, status: int | None = None, errors: Iterable[Mapping[str, Any]] = ()
) -> HttpResponse:
    status = status or status_of(decision.code)
    document: dict[str, Any] = {
        "type": TYPE + decision.code,
        "title": tell(Decision(f"api.title.{status}"), locale),
        "status": status,
        "detail": tell(decision, locale),
        "code": decision.code,
    }
    if decision.clause:
        document["clause"] = decision.clause
    if found := list(errors):
        document["errors"] = found
    answer = HttpResponse(json.dumps(document, ensure_ascii=False), status=status, content_type=MEDIA_TYPE)
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="hongyan"'
    if decision.code == "api.rate":
        answer.headers["Retry-After"] = str(decision.params["seconds"])
    if decision.code == "api.method":
        answer.headers["Allow"] = ", ".join(decision.params["allowed"])
    return answer


def refused(refusal: Refusal, locale: str, *, status: int | None = None) -> HttpResponse:
    errors = [_reason(reason, locale) for reason in refusal.reasons]
    return problem(refusal.decision, locale, status=status, errors=errors)


def _reason(reason: Decision, locale: str) -> dict[str, Any]:
    """`pointer` among its parameters: where in the body it stands."""
    said = {"code": reason.code, "detail": tell(reason, locale)}
    more = {"clause": reason.clause, "pointer": reason.params.get("pointer", "")}
    return {name: value for name, value in more.items() if value} | said


# -- fields that do not fit -------------------------------------------------------------------------------------
_FIELD: Final = {
    "missing": "missing", "extra_forbidden": "unknown", "string_type": "text", "string_unicode": "encoding",
    "int_type": "number", "int_parsing": "number", "int_from_float": "number", "int_parsing_size": "number",
    "bool_type": "yes_no", "bool_parsing": "yes_no", "list_type": "list", "model_type": "object",
    "model_attributes_type": "object", "dict_type": "object", "literal_error": "choice", "enum": "choice",
    "string_too_short": "too_short", "string_too_long": "too_long", "too_short": "too_short", "too_long": "too_long",
    "greater_than_equal": "too_small", "greater_than": "too_small", "less_than_equal": "too_great",
    "less_than": "too_great",
}  # fmt: skip
_LIMITS: Final = ("ge", "gt", "le", "lt", "min_length", "max_length")


def invalid(found: Iterable[Mapping[str, Any]], locale: str) -> HttpResponse:
    """All that does not fit, each with where it stands: `pointer` into the body, or the name of a `parameter`."""
    errors = [_field_error(error, locale) for error in found]
    return problem(Decision("api.invalid", {"count": len(errors)}), locale, status=422, errors=errors)


def _field_error(error: Mapping[str, Any], locale: str) -> dict[str, Any]:
    source, *where = error["loc"]
    name, context = _FIELD.get(str(error["type"]), ""), error.get("ctx", {})
    kind = str(error["type"])
    if not name:
        name = (
            "date" if kind.startswith("date_") else "moment" if kind.startswith(("datetime", "timezone")) else "invalid"
        )
    params = {"expected": context.get("expected", ""), "limit": next((context[k] for k in _LIMITS if k in context), "")}
    code = f"api.field.{name}"
    said = {"code": code, "detail": tell(Decision(code, params), locale)}
    if source == "body":
        return {"pointer": "/" + "/".join(_token(part) for part in where[1:])} | said
    return {"parameter": str(where[0]) if where else "", "in": str(source)} | said


def _token(part: object) -> str:
    """A reference token of a JSON pointer (RFC 6901 3)."""
    return str(part).replace("~", "~0").replace("/", "~1")
