"""Lists of the console: declared once, shown everywhere the same.

A room declares a `List` and answers with it; search, filters, sorting, columns, paging, selection, bulk actions and
export come with it, with and without scripts::

    from hongyan.faces.console.lists import Bulk, Column, Filter, List, Scope, answer

    def rows(scope: Scope) -> QuerySet[Person]:            # narrowed to the actor's reach, in the company
        return persons_within(scope.actor, "people.read", scope.company).prefetch_related("appointments__unit")

    PEOPLE = List(
        key="people", title=_("People"), permission="people.read", rows=rows, label="name", order="name",
        columns=(
            Column("name", _("Name"), lambda p: p.name, sort="name", link=lambda p: reverse("person", args=[p.pk])),
            Column("number", _("Number"), lambda p: p.number, sort="number", shown=False),
        ),
        search=lambda rows, text, scope: rows.filter(name__contains=text), search_hint=_("Name or number"),
        filters=(Filter("locale", _("Language"), LOCALES, lambda rows, value, scope: rows.filter(locale=value)),),
        bulk=(Bulk("people.set_locale", _("Set the language"), fields=(...)),),   # company/bulk/operations.py
        empty=_("Nobody works here yet."),
    )

    @console_page("people.read")
    def index(request: Request) -> HttpResponse:           # its path takes GET and POST
        return answer(request, PEOPLE, {"buttons": [Button(_("Add a person"), reverse("person-add"))]})

Rules for speed at 100,000 rows: `sort` names one column of the table itself, never null, with an index (company, column);
the primary key follows it by itself. `rows` joins nothing that multiplies rows (use prefetch_related; it is asked for one
page at a time). Filters should be answered by an index or leave most rows in.
A page of its own around a list: pass `template="console/ROOM/PAGE.html"`, which extends "console/lists/page.html".
"""

from hongyan.faces.console.lists.answers import answer
from hongyan.faces.console.lists.spec import Bulk, Button, Column, Field, Filter, List, Options, Scope

__all__ = ["Bulk", "Button", "Column", "Field", "Filter", "List", "Options", "Scope", "answer"]
