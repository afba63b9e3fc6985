"""The OpenAPI document: what Ninja knows of the routes, and what holds for all of them.

Owns: the security scheme, the answers that any route may give, the headers of writes, an example for every body.
Always: made once; the Python client in `clients/` is generated from it (a test holds them together).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from django.conf import settings

from hongyan.faces.api.application import api
from hongyan.faces.api.schemas.common import Problem

MOST_BYTES: Final = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
_PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}
_DESCRIPTION: Final = """\
The same actions as Hongyan's console and command line, for programs.

* **Tokens.** Every request carries `Authorization: Bearer TOKEN`. A token has a role, a company or unit, and a last day;
  it never holds more than its maker does at the moment. Cookies open nothing here.
* **What you may not see is not there**: another company's objects, and those outside the token's unit, answer 404.
* **Problems** are RFC 9457 documents. `code` is the command line's; the words follow `Accept-Language`
  (`zh-Hant`, `zh-Hans`, `en`); `errors` names every field that does not fit.
* **Lists** come in pages: pass `next` on as `cursor`. Rows that are added meanwhile shift nothing.
* **Writes** take `Idempotency-Key`: for 24 hours the same request with the same key is answered again, not done again.
* **Rates** are told in `RateLimit` and `RateLimit-Policy`; beyond them 429 says how long to wait in `Retry-After`.
* A change holds on every mail protocol within about two seconds of its answer.
"""
#: status -> when. 401 and 429 are everywhere; the others where they can be.
_ANSWERS: Final = {
    400: ("BadRequest", "The request cannot be understood."),
    401: ("Unauthorized", "No token, or one that is not accepted."),
    403: ("Forbidden", "The token's rights do not reach this."),
    404: ("NotFound", "There is no such thing for this token."),
    409: ("Conflict", "In conflict with the state of things."),
    413: ("TooLarge", "The body is too large."),
    415: ("UnsupportedMediaType", "The body is not application/json."),
    422: ("Unprocessable", "The content does not hold the rules; `errors` names all that is wrong."),
    429: ("TooManyRequests", "Too many requests: wait as long as Retry-After says."),
    503: ("Unavailable", "The database is away; mail is not affected."),
}
_READ: Final = (400, 401, 403, 404, 422, 429, 503)
_WRITE: Final = tuple(_ANSWERS)


@cache
def rendered() -> tuple[bytes, str]:
    """The document's text and its tag."""
    text = json.dumps(build(), ensure_ascii=False).encode()
    return text, f'"{hashlib.sha256(text).hexdigest()[:32]}"'


def build() -> dict[str, Any]:
    document: dict[str, Any] = dict(api.get_openapi_schema(path_prefix="/api/v1/"))
    document["info"] |= {"description": _DESCRIPTION, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}}
    document["servers"] = [{"url": "/"}]
    document["security"] = [{"bearer": []}]
    parts = document["components"]
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}", by_alias=True)
    parts["schemas"] |= schema.pop("$defs") | {"Problem": schema}
    parts["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "hy_..."}}
    parts["responses"] = {name: _answer(status, said) for status, (name, said) in _ANSWERS.items()}
    parts["parameters"] = {"IdempotencyKey": _IDEMPOTENCY, "Language": _LANGUAGE}
    parts["headers"] = _HEADERS
    _close(parts["schemas"])
    for path in document["paths"].values():
        for method, operation in path.items():
            _complete(operation, method in ("post", "put", "patch", "delete"), parts["schemas"])
    document["tags"] = [{"name": name} for name in dict.fromkeys(_tags(document))]
    return document


def _tags(document: Mapping[str, Any]) -> list[str]:
    return [tag for path in document["paths"].values() for operation in path.values() for tag in operation["tags"]]


_IDEMPOTENCY: Final = {
    "name": "Idempotency-Key", "in": "header", "required": False, "description": "Makes this write safe to send again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "example": "b6c4a2f0-opening-alice",
}  # fmt: skip
_LANGUAGE: Final = {
    "name": "Accept-Language", "in": "header", "required": False, "description": "Language of sentences.",
    "schema": {"type": "string", "enum": ["zh-Hant", "zh-Hans", "en"]}, "example": "zh-Hant",
}  # fmt: skip
_HEADERS: Final = {
    "RateLimit": {"description": "What is left of the minute.", "schema": {"type": "string"}, "example": '"token";r=2999;t=1'},
    "RateLimit-Policy": {"description": "The rate.", "schema": {"type": "string"}, "example": '"token";q=3000;w=60'},
    "Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}, "example": 2},
    "Location": {"description": "Where the new object is.", "schema": {"type": "string"}, "example": "/api/v1/persons/7"},
    "Link": {"description": "The next page (RFC 8288).", "schema": {"type": "string"}, "example": '</api/v1/persons?cursor=WyJ>; rel="next"'},
}  # fmt: skip


def _answer(status: int, said: str) -> dict[str, Any]:
    code, detail = _EXAMPLES[status]
    example = {
        "type": f"urn:hongyan:problem:{code}",
        "title": said.rstrip("."),
        "status": status,
        "detail": detail,
        "code": code,
    }
    if status == 422:
        missing = {"pointer": "/address", "code": "api.field.missing", "detail": "This is required."}
        example["errors"] = [missing]
    answer: dict[str, Any] = {
        "description": said, "content": {"application/problem+json": {"schema": _PROBLEM, "example": example}}
    }  # fmt: skip
    if status == 429:
        answer["headers"] = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
    return answer


_EXAMPLES: Final = {
    400: ("api.json", "The body is not valid JSON."),
    401: ("token.wrong", "The token is not valid."),
    403: ("permission.missing", "You have no right to do this (mailbox.write). Ask your mail office for it."),
    404: ("mailbox.unknown", "There is no mailbox alice@corp.example."),
    409: ("address.taken", "alice@corp.example is already in use. Choose another one."),
    413: ("api.too_large", "The body is larger than 2 MB."),
    415: ("api.media_type", "Send the body as application/json."),
    422: ("api.invalid", "Fields that are not right: 1. See errors."),
    429: ("api.rate", "More than 3000 requests a minute. Try again in 2 s."),
    503: ("api.away", "The database cannot be reached for the moment."),
}


def _complete(operation: dict[str, Any], writes: bool, schemas: Mapping[str, Any]) -> None:
    parameters = operation.setdefault("parameters", [])
    parameters.append({"$ref": "#/components/parameters/Language"})
    if writes:
        parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
    good = {str(status): answer for status, answer in operation["responses"].items()}
    for status, answer in good.items():
        names = ["RateLimit", "RateLimit-Policy"] + (["Location"] if status == "201" else [])
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
        for media in answer.get("content", {}).values():
            media["example"] = example_of(media["schema"], schemas)
    for number in _WRITE if writes else _READ:
        good[str(number)] = {"$ref": f"#/components/responses/{_ANSWERS[number][0]}"}
    operation["responses"] = good
    for media in operation.get("requestBody", {}).get("content", {}).values():
        media["example"] = example_of(media["schema"], schemas, sent=True)


def _close(schemas: Mapping[str, Any]) -> None:
    """What a body of ours always holds is said to be there, so that clients need no guesses."""
    for name, schema in schemas.items():
        if schema.get("additionalProperties") is not False and name not in ("Problem", "FieldError"):
            schema["required"] = sorted(schema.get("properties", {}))


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any], *, sent: bool = False) -> Any:
    """A value that fits the schema, out of the examples and defaults of its fields; `sent`: only what has an own example."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas, sent=sent)
    if "examples" in schema:
        return schema["examples"][0]
    if "properties" in schema:
        required = schema.get("required", ())
        return {
            name: example_of(field, schemas, sent=sent)
            for name, field in schema["properties"].items()
            if not sent or name in required or field.get("examples", [None])[0] not in (None, "", [])
        }
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], schemas, sent=sent)
    if "enum" in schema:
        return schema["enum"][0]
    if "default" in schema:
        return schema["default"]
    if schema.get("type") == "array":
        return [example_of(schema["items"], schemas, sent=sent)]
    return _PLAIN[(schema.get("type", ""), schema.get("format", ""))]


_PLAIN: Final = {
    ("string", "date-time"): "2026-11-24T08:00:00Z", ("string", "date"): "2027-03-31", ("string", ""): "",
    ("integer", ""): 1, ("boolean", ""): False, ("object", ""): {},
}  # fmt: skip
