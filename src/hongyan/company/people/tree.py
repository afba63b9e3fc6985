"""A unit and all that is below it, as one condition that an index answers.

Owns: the lookup `path__below`. Always: exact and by whole names: `總公司/信息` does not reach `總公司/信息部`, `HQ` not `hq`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from hongyan.company.people.models import Company, Unit


@models.CharField.register_lookup
class Below(models.Lookup):  # type: ignore[type-arg]  # Django has no subscript here
    """`path__below="總公司/信息部"`: that unit and those under it.

    Django's own `startswith` ignores case on SQLite; a range asks SQLite's index, but on PostgreSQL the order of texts
    may follow a language, so there the prefix is asked, which the index of patterns answers.
    """

    lookup_name = "below"

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        path = str(self.rhs)
        if connection.vendor == "postgresql":
            pattern = path.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "/%"
            return f"({column} = %s OR {column} LIKE %s)", [*params, path, *params, pattern]
        # From the unit to "0", which follows "/"; between the two lie its like-named neighbours (`X-2`), left out again.
        return (
            f"({column} >= %s AND {column} < %s AND ({column} = %s OR {column} >= %s))",
            [*params, path, *params, f"{path}0", *params, path, *params, f"{path}/"],
        )


def units_below(company: Company, paths: Iterable[str]) -> QuerySet[Unit]:
    """The units at these paths and all under them; none for no paths."""
    return Unit.objects.filter(below(paths), company=company)


def below(paths: Iterable[str], field: str = "path") -> Q:
    """The condition that the path in this field is one of these, or under one."""
    within = Q(pk__in=())
    for path in paths:
        within |= Q(**{f"{field}__below": path})
    return within
