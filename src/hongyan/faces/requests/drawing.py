"""A request as pages draw it: its path, whose turn it is, what is asked, what has happened, what its reader may do.

Never: decides anything; who may is asked of company/requests.
Always: a list of requests is a few queries, however long (`requests_to_draw`, `ready_to_draw` fetch what is drawn); the
whole path with whom it will ask is drawn on the page of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext

from hongyan.company.people.models import Account, Person
from hongyan.company.people.scope import places_of_unit
from hongyan.company.requests import chains, filing, queries, telling
from hongyan.company.requests.forms import FORMS
from hongyan.company.requests.models import OPEN_STATES, Request as Filed, Step
from hongyan.company.requests.queries import Station
from hongyan.faces.console.lists.cells import SEPARATORS
from hongyan.faces.requests import words
from hongyan.faces.web import words as said
from hongyan.kernel import clock
from hongyan.kernel.actor import Actor

#: So many names stand at a station.
NAMED: Final = 3
_DRAWN: Final = {
    "ahead": "ahead", "open": "now", "approved": "done", "rejected": "bad", "returned": "warn", "skipped": "skipped",
    "dropped": "skipped",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stop:
    """One station of a path as `requests/parts/path.html` draws it."""

    state: str  #: done, now, ahead, bad, warn, skipped
    title: str
    spoken: str = ""  #: the state in words, for readers by ear
    who: str = ""
    by: str = ""
    at: datetime | None = None
    until: datetime | None = None
    late: bool = False
    said: str = ""
    hint: str = ""
    verdict: words.Text = ""


def _spoken(state: str) -> str:
    return {
        "done": gettext("done"), "now": gettext("its turn now"), "ahead": gettext("still to come"),
        "bad": gettext("said no"), "warn": gettext("sent back"), "skipped": gettext("left out"),
    }[state]  # fmt: skip


def _joined(names: Sequence[str]) -> str:
    text = SEPARATORS[said.current_locale()].join(names[:NAMED])
    return (
        gettext("%(names)s and %(n)s more") % {"names": text, "n": len(names) - NAMED} if len(names) > NAMED else text
    )


# -- in lists ---------------------------------------------------------------------------------------------
_STEPS: Final = ("steps", "steps__seats__person", "steps__seats__stand_in")


def requests_to_draw(rows: QuerySet[Filed]) -> QuerySet[Filed]:
    return rows.prefetch_related(*_STEPS)


def ready_to_draw(rows: QuerySet[Step]) -> QuerySet[Step]:
    return rows.prefetch_related(
        *(f"request__{name}" for name in _STEPS), "seats__person", "seats__stand_in"
    ).annotate(files=Count("request__attachments", distinct=True))  # fmt: skip


def steps_of(filed: Filed) -> list[Step]:
    """Of the present round, in order."""
    return sorted((s for s in filed.steps.all() if s.round == filed.round), key=lambda step: step.position)


def dots(filed: Filed) -> list[Stop]:
    """The path in small: a dot for each step that is walked."""
    last = {"done": "done", "stuck": "bad", "ready": "now"}.get(filed.state, "ahead")
    walked = [Stop(_DRAWN[s.state], "") for s in steps_of(filed) if s.state != "skipped"]
    return [Stop("done", ""), *walked, Stop(last, "")]


def where(filed: Filed) -> str:
    """Whose turn it is, in one line."""
    match filed.state:
        case "waiting":
            step = next((s for s in steps_of(filed) if s.state == "open"), None)
            names = _seated(step) if step else []
            title = queries.step_title(step.spec, said.current_locale()) if step else ""
            who = _joined(names) or title
            return gettext("waits for %(who)s") % {"who": who} if who else ""
        case "returned":
            return gettext("waits for the applicant's answer")
        case "ready":
            return gettext("the first password waits to be handed over")
        case "stuck":
            return gettext("could not be carried out")
    return ""


def _seated(step: Step) -> list[str]:
    seats = sorted((seat for seat in step.seats.all() if seat.open and not seat.approved), key=lambda seat: seat.pk)
    return [f"{s.person.name}/{s.stand_in.name}" if s.stand_in else s.person.name for s in seats]


def whom_of(filed: Filed) -> str:
    return filed.person.name if filed.person else telling.applicant_name(filed)


def title_of(filed: Filed) -> str:
    """`開通個人郵箱 alice@corp.test`."""
    return f"{words.form_title(filed.form)} {filed.subject}".strip()


def named(step: Step) -> str:
    return f"{whom_of(step.request)} · {title_of(step.request)}:"


def line(filed: Filed, account: Account) -> dict[str, Any]:
    """One of mine."""
    mine = account.person_id is not None and filed.person_id == account.person_id
    filer = filed.applicant
    by_me = filer is not None and (filer.pk == account.pk or (mine and filer.person_id == account.person_id))
    return {
        "url": reverse("request", args=[filed.pk]), "title": title_of(filed), "mark": words.mark(filed),
        "state": words.state_word(filed.state), "tone": words.TONES[filed.state], "filed_at": filed.filed_at,
        "whom": "" if mine or filed.person is None else filed.person.name,
        "applicant": "" if by_me else telling.applicant_name(filed), "path": dots(filed), "where": where(filed),
    }  # fmt: skip


def card(step: Step, account: Account, chosen: bool) -> dict[str, Any]:
    """One that waits for me. `step` comes from `ready_to_draw`."""
    filed = step.request
    facts = [(label, value) for label, value in queries.lines_of(filed, said.current_locale())]
    why = str(filed.fields.get("reason", ""))
    return {
        "step": step.pk, "url": reverse("request", args=[filed.pk]), "title": words.form_title(filed.form),
        "whom": whom_of(filed), "mark": words.mark(filed), "filed_at": filed.filed_at, "chosen": chosen,
        "unit": filed.unit.path if filed.unit else "", "facts": [fact for fact in facts if fact[1] != why], "why": why,
        "path": dots(filed), "due": step.due_at, "late": _late(step.due_at), "instead": instead_of(step, account),
        "exception": filed.exception, "files": getattr(step, "files", 0),
    }  # fmt: skip


def instead_of(step: Step, account: Account) -> str:
    """For whom somebody decides while that one is away."""
    seats = [seat for seat in step.seats.all() if seat.open and account.person_id is not None]
    if any(seat.person_id == account.person_id for seat in seats):
        return ""
    return next((seat.person.name for seat in seats if seat.stand_in_id == account.person_id), "")


def _late(due: datetime | None) -> bool:
    return due is not None and due < clock.now()


# -- the path of one --------------------------------------------------------------------------------------
def path(filed: Filed) -> list[Stop]:
    """From its filing to its end, with every round."""
    stations = queries.path_of(filed, said.current_locale())
    stops = [Stop("done", gettext("Filed"), _spoken("done"), telling.applicant_name(filed), at=filed.filed_at)]
    now = 1
    for station in stations:
        if station.round != now:
            now = station.round
            stops.append(Stop("done", gettext("Filed again"), _spoken("done")))
        stops.append(_stop(station))
    return [*stops, _end(filed)]


def foreseen(stations: Iterable[Station]) -> list[Stop]:
    """The way that a request would go if it were filed now; what is left out is not shown."""
    return [
        _stop(station) for station in stations if "condition" not in station.notes and "nobody" not in station.notes
    ]


def previewed(stations: Iterable[Station]) -> list[Stop]:
    """Every step of a chain, also those that would be left out."""
    return [_stop(station, left_out=True) for station in stations]


def _stop(station: Station, *, left_out: bool = False) -> Stop:
    state = _DRAWN[station.state]
    if left_out and state == "ahead" and {"condition", "nobody"} & set(station.notes):
        state = "skipped"
    last = station.said[-1] if station.said else None
    asked = _joined(station.asked)
    if station.need == "all" and len(station.asked) > 1:
        asked = gettext("%(names)s, each of them") % {"names": asked}
    notes = [said.named("request_note", note) for note in station.notes]
    remarks = [f"{s.name}: {s.reason}" if len(station.said) > 1 else s.reason for s in station.said if s.reason]
    who = "" if state == "skipped" and not left_out else asked
    if last is not None:
        who = _joined([said_by(s) for s in station.said])
    return Stop(
        state, station.title, _spoken(state), who, str(words.HOWS.get(last.by, "")) if last else "", last.at if last else None,
        station.due_at, _late(station.due_at), "\n".join(remarks), " · ".join(notes),
        words.VERDICTS[last.verdict] if last else "",
    )  # fmt: skip


def said_by(one: queries.Said) -> str:
    """Who said it, with the one he stood in for."""
    return f"{one.name} ({one.instead_of})" if one.instead_of else one.name


def _end(filed: Filed) -> Stop:
    at = filed.ended_at
    match filed.state:
        case "done":
            return Stop("done", gettext("Carried out"), _spoken("done"), str(filed.result.get("address", "")), at=at)
        case "rejected":
            return Stop("bad", gettext("Not approved"), _spoken("bad"), at=at)
        case "withdrawn":
            return Stop("skipped", gettext("Withdrawn"), _spoken("skipped"), at=at, said=filed.reason)
        case "stuck":
            return Stop("bad", gettext("Not carried out"), gettext("stuck"))
        case "ready":
            return Stop("now", gettext("Handing over"), _spoken("now"))
    return Stop("ahead", gettext("Carried out by itself"), _spoken("ahead"))


def in_one_line(stations: Iterable[Station]) -> str:
    """`王博 → 總經辦`: who would decide, in short."""
    walked = [s for s in stations if "condition" not in s.notes and "nobody" not in s.notes]
    named = [s.asked[0] if len(s.asked) == 1 else s.title for s in walked]
    return " → ".join(name for number, name in enumerate(named) if number == 0 or name != named[number - 1])


# -- one whole --------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Whole:
    """Everything that the page of a request shows."""

    pk: int
    mark: str
    title: str
    state: str
    tone: str
    filed_at: datetime
    applicant: str
    whom: str
    unit: str
    chain: str
    clause: str
    exception: bool
    where: str
    path: list[Stop]
    facts: list[tuple[str, str]]
    files: list[dict[str, Any]]
    log: list[dict[str, Any]]
    stuck: str
    returned: str
    ready: bool
    outcome: str  #: the address that came of it
    step: int | None
    instead: str
    may: dict[str, bool]
    urls: dict[str, str]


def whole(filed: Filed, actor: Actor, account: Account | None, deeds: str = "request-do") -> Whole:
    """`deeds`: the name of the addresses that the page's buttons lead to."""
    locale = said.current_locale()
    step = queries.open_step(filed)
    may = permitted(filed, step, actor)
    return Whole(
        pk=filed.pk, mark=words.mark(filed), title=title_of(filed), state=words.state_word(filed.state),
        tone=words.TONES[filed.state], filed_at=filed.filed_at, applicant=telling.applicant_name(filed),
        whom=filed.person.name if filed.person else "", unit=filed.unit.path if filed.unit else "",
        chain=f"{chains.title_in(filed.chain.title, locale) or filed.chain.name} ({filed.chain.version})",
        clause=said.clause_mark(filed.rule or FORMS[filed.form].clause, locale), exception=filed.exception, where=where(filed),
        path=path(filed), facts=queries.lines_of(filed, locale), files=_files(filed), log=history(filed),
        stuck=queries.outcome_words(filed, locale) if filed.state == "stuck" else "",
        returned=filed.reason if filed.state == "returned" else "", ready=filed.state == "ready",
        outcome=str(filed.result.get("address", "")) if filed.state == "done" else "", step=step.pk if step else None,
        instead=instead_of(step, account) if step and account else "", may=may,
        urls={what.replace("-", "_"): reverse(deeds, args=[filed.pk, what]) for what in DEEDS},
    )  # fmt: skip


DEEDS: Final = ("decide", "withdraw", "resubmit", "amend", "carry-out", "link", "add", "reassign", "attach")


def permitted(filed: Filed, step: Step | None, actor: Actor) -> dict[str, bool]:
    """What the reader is offered. The actions ask again."""
    mine = filing.is_applicant(actor, filed)
    office = actor.may("mailbox.write", filed.company.slug, places_of_unit(filed.unit))
    running = filed.state in OPEN_STATES
    decides = step is not None and queries.may_decide(actor, step) is None
    return {
        "decide": decides, "add": step is not None and (decides or office), "reassign": step is not None and office,
        "withdraw": running and (mine or office), "resubmit": filed.state == "returned" and mine,
        "amend": filed.state == "stuck" and (mine or office), "carry_out": filed.state == "ready" and office and not mine,
        "attach": running and (mine or office),
        "link": filed.state == "done" and FORMS[filed.form].opens and (mine or office) and _waits_for_owner(filed),
    }  # fmt: skip


def _waits_for_owner(filed: Filed) -> bool:
    """Whether a mailbox that was opened has not been activated yet."""
    box = filed.mailbox
    return box is not None and box.closed_at is None and box.account is not None and not box.account.password


def _files(filed: Filed) -> list[dict[str, Any]]:
    return [
        {"name": file.name, "size": file.size, "url": reverse("request-file", args=[filed.pk, file.pk])}
        for file in filed.attachments.order_by("pk")
    ]


def history(filed: Filed) -> list[dict[str, Any]]:
    """What people said, newest first, and its filing."""
    found = [
        {
            "who": f"{d.person.name if d.person else d.name}", "did": _did(d.verdict, d.instead_of), "at": d.at,
            "how": words.HOWS.get(d.by, ""), "said": d.reason,
        }
        for step in filed.steps.prefetch_related("decisions__person", "decisions__instead_of")
        for d in step.decisions.all()
    ]  # fmt: skip
    found.append({"who": telling.applicant_name(filed), "did": gettext("filed it"), "at": filed.filed_at, "said": ""})
    return sorted(found, key=lambda one: one["at"], reverse=True)


def _did(verdict: str, instead: Person | None) -> str:
    text = {
        "approve": gettext("approved"), "reject": gettext("did not approve"), "return": gettext("sent it back"),
    }[verdict]  # fmt: skip
    return gettext("%(did)s for %(who)s") % {"did": text, "who": instead.name} if instead else text
