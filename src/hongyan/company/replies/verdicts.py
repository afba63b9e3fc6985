"""What a line says: 同意 / approve, 不同意 / reject with its reason, 退回 / return with its reason.

Always: a word counts at the beginning of the line, whole, and without a question behind it; what could be read in two ways
is no verdict. Full-width letters and both Chinese scripts are the same.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

Verdict = Literal["approve", "reject", "return"]

_OBJECT: Final = r"(?:(?:该|該|此|这个|這個|本)?(?:申请|申請)|开通|開通|办理|辦理|了)?"
#: Longest first within each; what begins with a "no" is looked for before what it denies.
_WORDS: Final[tuple[tuple[Verdict, str], ...]] = (
    ("reject", rf"(?:不同意|不批准|不予批准|不核准|不准|不通过|不通過|不可以|不行|拒绝|拒絕|驳回|駁回|否决|否決){_OBJECT}"),
    ("return", rf"(?:退回|发回|發回|退件){_OBJECT}"),
    ("approve", rf"(?:已?同意|已?批准|核准|准予|通过|通過){_OBJECT}"),
    ("reject", r"(?:(?:i )?(?:do not|don't|don’t) (?:approve|agree)|not approved|disapproved?|disagree|reject(?:ed)?|den(?:y|ied)|declined?|refused?)"),
    ("return", r"(?:send back|sent back|return(?:ed)?)"),
    ("approve", r"(?:(?:i )?(?:approve|agree)|approved|agreed)"),
)  # fmt: skip
#: These count when the line says nothing else.
_ALONE: Final[tuple[tuple[Verdict, str], ...]] = (
    ("approve", r"(?:ok|okay|yes|准|可|可以|好的?|行|没问题|沒問題|无异议|無異議)"),
    ("reject", r"(?:no|否|不)"),
)
_END: Final = r"(?P<rest>$|[\s,.;:!。、·~*_()<>\[\]「」“”\"'-].*$)"
_FULL = [(verdict, re.compile(rf"{words}{_END}", re.IGNORECASE)) for verdict, words in _WORDS]
_WHOLE = [(verdict, re.compile(rf"{words}[\s.!。~]*", re.IGNORECASE)) for verdict, words in _ALONE]
_QUESTION = re.compile(r"[?吗嗎么麼呢]\s*$")
_TRIM: Final = " \t,.;:!。、·~*_-()<>[]「」“”\"'"


@dataclass(frozen=True, slots=True)
class Said:
    verdict: Verdict
    reason: str = ""


def said_in(line: str, following: str = "") -> Said | None:
    """The verdict of an answer's first line; its reason is the rest of the line, or else what follows. None: none, or unclear."""
    text = unicodedata.normalize("NFKC", line).strip().lstrip("*_#「“\"'([【 ").strip()
    if _QUESTION.search(text):
        return None
    for verdict, pattern in _FULL:
        if found := pattern.match(text):
            rest = found["rest"].strip(_TRIM)
            return Said(verdict, rest or " ".join(following.split()))
    for verdict, pattern in _WHOLE:
        if pattern.fullmatch(text):
            return Said(verdict, " ".join(following.split()) if verdict != "approve" else "")
    return None
