"""What is wrong with a SCIM request, as RFC 7644 3.12 says it: a status, a `scimType`, and what it was."""

from __future__ import annotations


class ScimProblem(Exception):
    def __init__(self, status: int, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail = status, kind, detail


def invalid(detail: str, kind: str = "invalidValue") -> ScimProblem:
    return ScimProblem(400, kind, detail)


def unknown(what: str) -> ScimProblem:
    return ScimProblem(404, "", f"There is no {what} with this id.")
