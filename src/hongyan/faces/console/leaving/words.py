"""The room's words: states, kinds, steps, and why a step waits."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from hongyan.company.leaving.doing import SYSTEM
from hongyan.company.leaving.models import Leaving, Step
from hongyan.company.leaving.steps import TICKED
from hongyan.kernel.decision import Decision
from hongyan.kernel.wording import say

STATES: Final = {
    "planned": (_("Last day not over"), "warn"),
    "running": (_("Being handed over"), "warn"),
    "retained": (_("Mail kept"), ""),
    "done": (_("Done"), "plain"),
    "returned": (_("Came back"), "good"),
    "cancelled": (_("Cancelled"), "plain"),
}
KINDS: Final = {"normal": _("Normal"), "immediate": _("At once"), "scheduled": _("Scheduled")}
STEP_STATES: Final = {
    "waiting": (_("To do"), "plain"),
    "blocked": (_("Somebody must decide"), "warn"),
    "done": (_("Done"), "good"),
    "skipped": (_("Not needed"), "plain"),
}
#: What a step means, where its name does not say it.
EXPLAIN: Final = {
    "formalities": _("HR confirms that its formalities are done."),
    "access": _("No sign-in and no sending on any protocol; sessions, app passwords and tokens end."),
    "keepers": _("The head of the unit names a new keeper for each shared mailbox."),
    "handover": _("The head confirms that the work is handed over."),
    "forward": _("New mail goes to the successor as well, inside the company alone."),
    "period": _("Nothing is deleted before it is over, or while a legal hold lasts."),
    "export": _("An archive in a standard format, with a manifest and SHA-256."),
    "ending": _("A named person has the mail deleted, unless the company's rule does it by itself."),
}


def step_row(step: Step, leaving: Leaving, locale: str) -> dict[str, Any]:
    word, tone = STEP_STATES[step.state]
    return {
        "step": step, "title": say(Decision(f"leaving.step.{step.name}"), locale), "word": word, "tone": tone,
        "explain": EXPLAIN.get(step.name, ""), "why": why(step, locale),
        "by": say(Decision("leaving.by_system"), locale) if step.by == SYSTEM.name else step.by,
        "tickable": step.name in TICKED and step.state in ("waiting", "blocked"), "facts": facts(step),
        "paper": step.detail.get("paper", "") if step.state == "done" else "",
    }  # fmt: skip


def why(step: Step, locale: str) -> str:
    """The refusal that blocks it, in the reader's language."""
    if step.state != "blocked" or "code" not in step.detail:
        return ""
    return say(Decision(step.detail["code"], step.detail.get("params", {})), locale)


def facts(step: Step) -> list[str]:
    """Addresses and the like that the step has dealt with."""
    if step.state != "done":
        return []
    found: list[str] = []
    for key in ("mailboxes", "left", "handed", "ended", "roles", "files", "to", "until"):
        value = step.detail.get(key)
        found += [str(each) for each in value] if isinstance(value, list) else [str(value)] if value else []
    return found
