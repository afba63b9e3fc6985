"""The notices that the service sends: their variables with sample values, and which of them are urgent.

Always: every notice of the catalogue (`notice.NAME.subject`, `.body`) is declared here; a test holds this.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

#: In every notice: the reader's address, the web's address, the company's name.
COMMON: Final = ("address", "web", "company")


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    samples: MappingProxyType[str, Any]  #: its own variables, with values for a preview
    urgent: bool = False  #: waits for nothing: neither quiet hours nor a digest
    internal: bool = False  #: never put into a digest itself
    answered: bool = False  #: asks for a decision, which may be given by answering it (company/replies); has `step`

    @property
    def variables(self) -> tuple[str, ...]:
        return (*COMMON, *self.samples)


def _kind(
    name: str, /, *, urgent: bool = False, internal: bool = False, answered: bool = False, **samples: Any
) -> Kind:
    return Kind(name, MappingProxyType(samples), urgent, internal, answered)


#: In every notice about a request (company/requests/telling.py); `form` in the reader's language.
_REQUEST: Final[dict[str, Any]] = {
    "request": "12", "form": "個人郵箱", "about": "alice@example.com", "applicant": "王小明", "link": "/requests/12",
}  # fmt: skip

KINDS: Final = {
    kind.name: kind
    for kind in (
        _kind("quota", level="90"),
        _kind("locked", urgent=True),
        _kind("misuse", urgent=True, login="alice@example.com"),
        _kind("webhook", name="ERP", url="https://erp.example.com/hook"),
        _kind(
            "moved",
            person="王小明",
            before="總公司/銷售部",
            after="總公司/信息部",
            taken=["sales@example.com", "news@example.com"],
            given=["it@example.com"],
            waiting=["—"],
        ),
        *(
            _kind(name, answered=True, **_REQUEST | {"step": "7", "due": "2026-12-01 18:00", "details": "…"})
            for name in ("request_decide", "request_reminder", "request_escalated")
        ),
        *(
            _kind(name, **_REQUEST | {"reason": "…", "result": "alice@example.com", "decided_by": "王小明"})
            for name in ("request_done", "request_rejected", "request_returned", "request_stuck", "request_ready")
        ),
        _kind("request_withdrawn", **_REQUEST | {"reason": "…", "result": "", "decided_by": ""}),
        _kind("expiry", mailbox="intern@example.com", day="2027-06-30", days=7),
        _kind("idle", mailbox="alice@example.com", last="2027-01-31", day="2027-06-30"),
        _kind("leaving_begun", name="王小明", number=7, day="2026-12-31"),
        _kind("leaving_blocked", name="王小明", number=7, step="keepers"),
        _kind("leaving_successor", name="王小明"),
        _kind(
            "answer_done",
            urgent=True,
            request="12",
            title="#12 個人郵箱 alice@example.com",
            verdict="同意",
            reason="-",
            state="已辦結",
            link="/approve/7",
        ),
        _kind("answer_refused", urgent=True, reason="…", link="/approve/7"),
        _kind("policy_read", title="企業郵箱管理制度", number=2, day="2027-01-01", link="/policy"),
        _kind("staff_waits", name="Active Directory", lines=12, link="/console/staff/7"),
        _kind("staff_failed", name="Active Directory", link="/console/staff/sources/3"),
        _kind("digest", internal=True, count=2, items="…"),
    )
}
