"""What a company calls its grades (clause B1: 副經理以上). The grade itself is on the post.

Owns: `name_grades`. Always: whole at once, so that nobody sees half of a new table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.db import transaction

from hongyan.company.people.actions import HIGHEST_GRADE, clean_name
from hongyan.company.people.models import Company, Grade
from hongyan.company.people.relations import grade_names
from hongyan.kernel import ledger
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

NAME_LIMIT: Final = 40


def name_grades(*, actor: Actor, company: Company, names: Mapping[int, str]) -> dict[int, str]:
    """These are the company's words for its grades, by level from 1; an empty one is none. Returns them as stored.

    Refuses `grade.range`, `grade.name_malformed`, `grade.twice` for a name of two levels.
    """
    actor.require("people.write", company.slug)
    wanted: dict[int, str] = {}
    for level, text in sorted(names.items()):
        if not 1 <= level <= HIGHEST_GRADE:
            raise Refusal("grade.range", grade=level, low=1, high=HIGHEST_GRADE)
        if text.strip():
            wanted[level] = clean_name(text, "grade.name_malformed", NAME_LIMIT)
    if len(set(wanted.values())) < len(wanted):
        twice = next(name for name in wanted.values() if list(wanted.values()).count(name) > 1)
        raise Refusal("grade.twice", name=twice)
    before = grade_names(company)
    if wanted == before:
        return wanted
    with transaction.atomic():
        Grade.objects.filter(company=company).delete()
        Grade.objects.bulk_create(Grade(company=company, level=level, name=name) for level, name in wanted.items())
        ledger.record(
            "company.grades", chain=company.slug, actor=actor.name, subject=company.slug,
            before={str(level): name for level, name in before.items()},
            after={str(level): name for level, name in wanted.items()},
        )  # fmt: skip
    return wanted
