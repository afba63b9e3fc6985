"""Refusals as values: a code, its parameters and the clause it follows.

Owns: `Refusal`, the one exception that domain code raises for "no, because".
Never: holds translated text. Words are made when shown (`hongyan.kernel.wording`), so a refusal can be stored,
compared and told again in another reader's language.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict: `code` names the sentence, `params` fill it, `clause` says which clause of the requirements it follows."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)
    clause: str = ""


class Refusal(Exception):
    """Raised by actions when they do nothing and say why. The transaction around it is rolled back."""

    def __init__(self, code: str, *, clause: str = "", reasons: tuple[Decision, ...] = (), **params: Any) -> None:
        super().__init__(code)
        self.decision = Decision(code, params, clause)
        self.reasons = (
            reasons  #: all that is wrong at once, where one sentence is not enough (passwords, rows of a sheet)
        )

    @property
    def code(self) -> str:
        return self.decision.code
