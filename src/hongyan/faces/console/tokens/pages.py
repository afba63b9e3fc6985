"""The company's tokens, and the page of one: what it may do, since when, until when, its end."""

from __future__ import annotations

from django.db.models import BooleanField, Case, Q, QuerySet, Value, When
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from hongyan.company.access import actions, queries
from hongyan.company.access.models import Token
from hongyan.company.people.rights import in_order
from hongyan.faces.console.access import console_page, runs_machine
from hongyan.faces.console.lists import Button, Column, Filter, List, Scope, answer
from hongyan.faces.console.roles.words import right_meaning, right_word, role_word, where
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.kernel import clock
from hongyan.kernel.decision import Decision, Refusal

NOTICES = {"revoked": _("The token is refused from now on.")}
STATES = {
    "active": (_("Active"), "good"),
    "expired": (_("Expired"), "plain"),
    "revoked": (_("Revoked"), "plain"),
    "dead": (_("Without effect"), "bad"),
}


def rows(scope: Scope) -> QuerySet[Token]:
    """With `lost`: the maker's rights have ended. Few makers are asked for, however many tokens there are."""
    found = queries.tokens_within(scope.actor, scope.company).select_related(
        "maker__company", "maker__mailbox", "parent"
    )
    living = list(found.filter(revoked_at__isnull=True, expires_on__gte=clock.today()))
    lost = [t.pk for t, state in zip(living, queries.states_of(living), strict=True) if state == "dead"]
    mark = Case(When(pk__in=lost, then=Value(True)), default=Value(False), output_field=BooleanField())
    return found.annotate(lost=mark)


def state_of(token: Token) -> str:
    if token.revoked_at is not None:
        return "revoked"
    if token.expires_on < clock.today():
        return "expired"
    return "dead" if getattr(token, "lost", False) else "active"


def shown_state(token: Token) -> object:
    """The word; the cell's template finds its tone beside it."""
    word, tone = STATES[state_of(token)]
    setattr(token, "tone", tone)  # noqa: B010 - it is no column
    return word


def by_state(found: QuerySet[Token], value: str, scope: Scope) -> QuerySet[Token]:
    today = clock.today()
    match value:
        case "revoked":
            return found.filter(revoked_at__isnull=False)
        case "expired":
            return found.filter(revoked_at__isnull=True, expires_on__lt=today)
    lost = Q(("lost", value == "dead"))  # a column that `rows` adds
    return found.filter(lost, revoked_at__isnull=True, expires_on__gte=today)


def by_text(found: QuerySet[Token], text: str, scope: Scope) -> QuerySet[Token]:
    return found.filter(name__icontains=text) | found.filter(made_by__contains=text.lower())


def page_of(token: Token) -> str:
    return reverse("token", args=[token.pk])


TOKENS: List[Token] = List(
    key="tokens",
    title=_("Tokens"),
    permission="token.write",
    rows=rows,
    label="name",
    order="-made",
    columns=(
        Column("name", _("What it is for"), lambda t: t.name, sort="name", link=page_of),
        Column("state", _("State"), shown_state, template="console/tokens/state.html"),
        Column("role", _("Role"), lambda t: role_word(t.role), sort="role"),
        Column("where", _("Where"), lambda t: where("company", t.unit.path if t.unit else "")),
        Column("until", _("Last day"), lambda t: t.expires_on, sort="expires_on"),
        Column("used", _("Last used"), lambda t: t.used_at, sort="used_at"),
        Column("by", _("Made by"), lambda t: t.made_by, shown=False),
        Column("made", _("Made"), lambda t: t.created_at, sort="created_at", shown=False),
    ),
    search=by_text,
    search_hint=_("Use or maker"),
    filters=(Filter("state", _("State"), tuple((key, word) for key, (word, _tone) in STATES.items()), by_state),),
    explain=_("Keys with which programs use the API. A token never holds more than its maker does, and ends with him."),
    empty=_("No program has a token yet."),
)


@console_page("token.write")
def show(request: Request) -> HttpResponse:
    buttons = [Button(_("New token"), reverse("token-choose"))]
    return answer(request, TOKENS, {"buttons": buttons, "notice": NOTICES.get(request.GET.get("said", ""))})


def find(request: Request, number: int) -> Token:
    token = queries.find_token(request.actor, number)
    if token.company is None and not runs_machine(request.actor):
        raise Http404
    return token


@console_page("token.write")
def one(request: Request, number: int) -> HttpResponse:
    return show_one(request, find(request, number))


def show_one(
    request: Request, token: Token, *, text: str = "", refusal: Decision | None = None
) -> HttpResponse:  # fmt: skip
    """`text`: the token itself, shown once after it was made."""
    held = in_order(queries.permissions_of(queries.grant_of(token)))
    values = {
        "token": token, "text": text, "refusal": refusal, "role": role_word(token.role),
        "state": STATES[queries.state_of(token)], "alive": queries.state_of(token) in ("active", "dead"),
        "where": where(token.company.name if token.company else "", token.unit.path if token.unit else ""),
        "rights": [(right_word(p), right_meaning(p)) for p in held], "document": request.build_absolute_uri("/api/v1/openapi.json"),
    }  # fmt: skip
    return page(request, "console/tokens/one.html", values, status=409 if refusal else 200)


@require_POST
@console_page("token.write")
def revoke(request: Request, number: int) -> HttpResponse:
    token = find(request, number)
    try:
        actions.revoke_token(actor=request.actor, token=token)
    except Refusal as refusal:
        return show_one(request, token, refusal=refusal.decision)
    return SeeOther(reverse("tokens") + "?said=revoked")
