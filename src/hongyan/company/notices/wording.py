"""What a notice says: the company's own text or the catalogue's, its variables checked and filled.

Owns: the syntax of a template (`{name}`, `{{` for a brace), its check, preview and default.
Never: lets a template reach into a value or format it, but as the catalogue's own text does.
Always: a saved text has known variables alone, so that filling it cannot fail later.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from string import Formatter
from typing import Any

from hongyan.company.notices.kinds import COMMON, KINDS, Kind
from hongyan.company.notices.models import Template
from hongyan.company.people.models import Company
from hongyan.kernel.decision import Decision, Refusal
from hongyan.kernel.wording import catalogue, fill

SUBJECT_LIMIT, BODY_LIMIT = 200, 20_000


@dataclass(frozen=True, slots=True)
class Text:
    subject: str
    body: str
    own: bool = False  #: the company's, not the default


def kind_named(notice: str) -> Kind:
    """Refuses `notice.unknown`."""
    kind = KINDS.get(notice)
    if kind is None:
        raise Refusal("notice.unknown", notice=notice[:40], known=list(KINDS))
    return kind


def default_text(notice: str, locale: str) -> Text:
    sentences = catalogue()
    return Text(
        sentences[f"notice.{notice}.subject"][locale].strip(), sentences[f"notice.{notice}.body"][locale].strip() + "\n"
    )


def text_for(company: Company, notice: str, locale: str) -> Text:
    own = Template.objects.filter(company=company, notice=notice, locale=locale).first()
    return Text(own.subject, own.body, own=True) if own else default_text(notice, locale)


def check(kind: Kind, subject: str, body: str) -> Text:
    """The text as it is stored. Refuses, all at once, what is wrong with it: `notice.text_refused`."""
    subject, body = " ".join(subject.split()), body.replace("\r\n", "\n").strip() + "\n"
    reasons = [reason for part in ((subject, "subject"), (body, "body")) for reason in _flaws(kind, *part)]
    if reasons:
        raise Refusal("notice.text_refused", clause="", reasons=tuple(reasons), notice=kind.name)
    return Text(subject, body, own=True)


def _flaws(kind: Kind, text: str, part: str) -> list[Decision]:
    if not text.strip():
        return [Decision(f"notice.{part}_empty")]
    limit = SUBJECT_LIMIT if part == "subject" else BODY_LIMIT
    if len(text) > limit:
        return [Decision(f"notice.{part}_long", {"limit": limit})]
    if any((ord(c) < 32 and c != "\n" and c != "\t") or c == "\x7f" for c in text):
        return [Decision("notice.control")]
    try:
        fields = [(name, spec, conversion) for _, name, spec, conversion in Formatter().parse(text) if name is not None]
    except ValueError:
        return [Decision("notice.braces")]
    if any(conversion or (spec and (name, spec) not in _spelled(kind.name)) for name, spec, conversion in fields):
        return [Decision("notice.format")]
    unknown = sorted({name for name, _, _ in fields} - set(kind.variables))
    return [
        Decision("notice.unknown_variable", {"variable": name[:40], "known": [f"{{{v}}}" for v in kind.variables]})
        for name in unknown
    ]


@cache
def _spelled(notice: str) -> frozenset[tuple[str, str]]:
    """How the catalogue's own text spells a variable (`{step:say.leaving.step}`): a company's may do the same, and no more."""
    texts = [sentences for part in ("subject", "body") for sentences in [catalogue()[f"notice.{notice}.{part}"]]]
    parsed = (Formatter().parse(text) for sentences in texts for text in sentences.values())
    return frozenset((name, spec) for fields in parsed for _, name, spec, _ in fields if name and spec)


def filled(text: Text, params: dict[str, Any], locale: str) -> Text:
    return Text(fill(text.subject, params, locale), fill(text.body, params, locale), text.own)


def preview(company: Company, notice: str, locale: str, web: str, text: Text | None = None) -> Text:
    """The notice with sample data, as its reader would get it; of `text` when it is not saved yet."""
    kind = kind_named(notice)
    domain = company.domains.order_by("pk").values_list("name", flat=True).first() or "example.com"
    params = dict(kind.samples) | {"address": f"alice@{domain}", "web": web, "company": company.name}
    if notice == "digest":
        params["items"] = digest_items([filled(text_for(company, "quota", locale), params | {"level": "90"}, locale)])
    return filled(text or text_for(company, notice, locale), params, locale)


def digest_items(texts: list[Text]) -> str:
    """Several notices in one mail: each under its subject."""
    rule = "─" * 24
    return "\n".join(f"{rule}\n{text.subject}\n\n{text.body}" for text in texts)


__all__ = ("COMMON", "Text", "check", "default_text", "digest_items", "filled", "kind_named", "preview", "text_for")
