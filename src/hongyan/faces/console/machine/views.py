"""Services with their state and a restart, failed background work, the end of a log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from hongyan.engines import health, logs as logfiles
from hongyan.engines.desk import actions
from hongyan.faces.console.access import machine_page
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.kernel import outbox
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import Instance
from hongyan.kernel.models import Outbox

#: What each service does, and what people notice while it is away.
ABOUT: dict[str, Promise] = {
    "postfix": _("Takes and sends mail. Away: mail waits at its senders and comes later."),
    "dovecot": _("Keeps the mailboxes; mail programs read through it. Away: nobody reads or signs in."),
    "rspamd": _("Judges spam and signs mail. Away: new mail is put off."),
    "clamd": _("Looks for viruses. Away: mail is put off or passes unscanned, as the policy says."),
    "freshclam": _("Fetches virus signatures."),
    "redis": _("Remembers what the spam filter learned."),
    "gate": _("Holds the company's rules in the mail's way. Away: mail is put off."),
    "guard": _("Counts wrong passwords and locks. Away: sign-ins are slowed down, not counted together."),
    "publisher": _("Brings changes to the mail programs. Away: changes wait."),
    "worker": _("Sends notices, keeps the audit. Away: both wait."),
    "web": _("These pages. Away: for a few seconds, while it restarts."),
}
LINES = 200
FAILED = 50


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    state: str
    pid: int
    about: Promise | str
    log: str


def _instance() -> Instance:
    if settings.INSTANCE is None:
        raise Http404
    return settings.INSTANCE


@machine_page
def services(request: Request) -> HttpResponse:
    return _services(request)


def _services(request: Request, status: int = 200, **more: Any) -> HttpResponse:
    instance = _instance()
    report, known = health.read(instance), {log.name for log in logfiles.list_logs(instance)}
    rows = [
        Service(s.name, s.state, s.pid, ABOUT.get(s.name, ""), s.name if s.name in known else f"{s.name}-console")
        for s in (report.services if report else ())
    ]
    failed = Outbox.objects.filter(done_at__isnull=True, attempts__gte=outbox.MAX_ATTEMPTS).order_by("-pk")
    values = {
        "report": report, "rows": rows, "failed": list(failed[:FAILED]), "known": known,
        "restarting": request.GET.get("restarting", "") if request.GET.get("restarting") in ABOUT else "",
    }  # fmt: skip
    return page(request, "console/machine/services.html", values | more, status=status)


@require_POST
@machine_page
def restart(request: Request, name: str) -> HttpResponse:
    try:
        actions.restart_service(actor=request.actor, instance=_instance(), service=name)
    except Refusal as refusal:
        return _services(request, 404, refusal=refusal.decision)
    return SeeOther(reverse("services") + f"?restarting={name}")


@machine_page
def logs(request: Request) -> HttpResponse:
    known = logfiles.list_logs(_instance())
    names = [log.name for log in known]
    name = request.GET.get("log") or ("postfix" if "postfix" in names else next(iter(names), ""))
    if names and name not in names:
        raise Http404
    text = request.GET.get("q", "").strip()[:200]
    tail = logfiles.tail(_instance(), name, count=LINES, text=text) if name else None
    chosen = next((log for log in known if log.name == name), None)
    values = {"logs": known, "name": name, "text": text, "tail": tail, "chosen": chosen, "most": LINES}
    return page(request, "console/machine/logs.html", values)
