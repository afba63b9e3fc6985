"""The releases on disk, the readable difference of two of them, and the roll-back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse

from hongyan.engines.desk import actions
from hongyan.faces.console.access import machine_page
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.faces.web.words import current_locale
from hongyan.kernel.decision import Decision, Refusal
from hongyan.kernel.instance import Instance
from hongyan.kernel.wording import NoSentence, say
from hongyan.release import store

SHOWN_ADDRESSES = 200


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    at: datetime
    cause: str
    addresses: tuple[str, ...]
    files: int  #: that differ from the release before it; 0 when that is not kept any more
    live: bool

    @property
    def first(self) -> str:
        return self.addresses[0] if self.addresses else ""

    @property
    def more(self) -> int:
        return len(self.addresses) - 1


@dataclass(frozen=True, slots=True)
class Address:
    """What changed at one address, in the reader's words."""

    address: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class File:
    path: str
    change: str  #: added, removed, changed
    lines: tuple[str, ...] | None  #: None: not text, or not for reading


def _instance() -> Instance:
    if settings.INSTANCE is None:
        raise Http404
    return settings.INSTANCE


def _manifests(instance: Instance) -> dict[int, store.Manifest]:
    """Newest first; a damaged one is left out."""
    found = {}
    for number in reversed(store.numbers(instance)):
        try:
            found[number] = store.read_manifest(store.directory(instance, number))
        except store.Damaged:
            continue
    return found


@machine_page
def index(request: Request) -> HttpResponse:
    instance = _instance()
    manifests, live = _manifests(instance), store.live_number(instance)
    rows = []
    for new, old in pairwise([*manifests.values(), None]):
        assert new is not None
        files = len(store.difference(old.files, new.files)) if old else 0
        rows.append(
            Row(new.number, datetime.fromisoformat(new.at), new.cause, new.addresses, files, new.number == live)
        )
    values = {"rows": rows, "live": live, "keep": store.KEEP, "asked": request.GET.get("asked", "").isdigit()}
    return page(request, "console/releases/index.html", values)


@machine_page
def show(request: Request, number: int) -> HttpResponse:
    return _show(request, number)


def _show(request: Request, number: int, status: int = 200, **more: Any) -> HttpResponse:
    instance = _instance()
    manifests = _manifests(instance)
    if number not in manifests:
        raise Http404
    older = [n for n in manifests if n < number]
    against = _against(request.GET.get("against", ""), manifests) or (older[0] if older else 0)
    document: dict[str, Any] | None = None
    if against and against != number:
        document = actions.compare_releases(
            actor=request.actor, instance=instance, old=min(against, number), new=max(against, number)
        )
    manifest = manifests[number]
    values: dict[str, Any] = {
        "number": number, "manifest": manifest, "at": datetime.fromisoformat(manifest.at), "against": against,
        "numbers": [n for n in manifests if n != number], "live": store.live_number(instance),
        "damaged": (document or {}).get("damaged", ""), "limit": actions.REASON_LIMIT,
        "waiting": against and document is None,
    }  # fmt: skip
    if document and "files" in document:
        values |= {"files": _files(document), **_addresses(document)}
    return page(request, "console/releases/show.html", values | more, status=status)


def _against(text: str, manifests: dict[int, store.Manifest]) -> int:
    return int(text) if text.isdigit() and len(text) < 10 and int(text) in manifests else 0


def _files(document: dict[str, Any]) -> list[File]:
    lines = document["lines"]
    return [
        File(path, change, tuple(lines[path]) if path in lines else None)
        for path, change in sorted(document["files"].items())
        if not path.endswith(".cdb")  # made from the text beside it
    ]


def _addresses(document: dict[str, Any]) -> dict[str, Any]:
    locale = current_locale()
    told = [
        Address(address, tuple(_say(change, locale) for change in changes))
        for address, changes in groupby(document["changes"], key=lambda change: str(change["address"]))
    ]
    return {"addresses": told[:SHOWN_ADDRESSES], "count": document["addresses"]}


def _say(change: dict[str, Any], locale: str) -> str:
    try:
        return say(Decision(str(change["code"]), change.get("params", {})), locale)
    except NoSentence:
        return str(change["code"])


@machine_page
def back(request: Request, number: int) -> HttpResponse:
    """Only by POST, with the number typed and a reason."""
    if request.method != "POST":
        return SeeOther(reverse("release", args=[number]))
    reason = request.POST.get("reason", "")
    try:
        if request.POST.get("typed", "").strip() != str(number):
            raise Refusal("release.typed", number=number)
        actions.roll_back_release(actor=request.actor, instance=_instance(), number=number, reason=reason)
    except Refusal as refusal:
        if refusal.code == "release.unknown":
            raise Http404 from None
        return _show(request, number, 422, refusal=refusal.decision, reason=reason)
    return SeeOther(reverse("releases") + f"?asked={number}")
