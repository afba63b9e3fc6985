"""A company with HR, a shared mailbox that Alice keeps, and Bob as her head."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from hongyan.company.leaving import actions, ending, steps
from hongyan.company.leaving.ending import Made
from hongyan.company.leaving.models import Export, Leaving
from hongyan.company.mailboxes.actions import NewMailbox, open_mailbox
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.actions import add_person
from hongyan.company.people.models import Person
from hongyan.company.people.queries import find_unit
from hongyan.company.people.roles import grant_role
from hongyan.kernel import clock
from hongyan.kernel.actor import Actor
from tests.cast import Cast, _password_hash


@dataclass(frozen=True, slots=True)
class House:
    cast: Cast
    helen: Mailbox  #: HR
    nina: Mailbox  #: a colleague of Alice

    @property
    def hr(self) -> Actor:
        return self.cast.actor(self.helen)

    @property
    def head(self) -> Actor:
        return self.cast.actor(self.cast.bob)

    @property
    def office(self) -> Actor:
        return self.cast.actor(self.cast.carol)

    def person(self, mailbox: Mailbox) -> Person:
        assert mailbox.person_id is not None
        return Person.objects.select_related("company").get(pk=mailbox.person_id)

    def begin(self, **more: object) -> Leaving:
        return actions.begin(actor=self.hr, person=self.person(self.cast.alice), **more)  # type: ignore[arg-type]

    def states(self, leaving: Leaving) -> dict[str, str]:
        return dict(leaving.steps.values_list("name", "state"))

    def settle(self, leaving: Leaving) -> Leaving:
        """Everything that persons and root do until the mail is kept."""
        steps.note_rules(leaving, {})
        for step in ("formalities", "handover"):
            if leaving.steps.get(name=step).state == "waiting":
                actions.tick(actor=self.hr, leaving=leaving, step=step)
        leaving.refresh_from_db()
        return leaving

    def over(self, leaving: Leaving) -> Leaving:
        """The period is over."""
        Leaving.objects.filter(pk=leaving.pk).update(retain_until=clock.today() - timedelta(days=1))
        steps.advance(leaving)
        return leaving

    def exported(self, leaving: Leaving) -> Leaving:
        for export in Export.objects.filter(leaving=leaving, state="waiting"):
            ending.note_export(export, Made("a.tar.gz", "0" * 64, "1" * 64, 10, 2, 1))
        steps.advance(leaving)
        return leaving


@pytest.fixture
def house(cast: Cast) -> House:
    unit = find_unit(cast.corp, "總公司/信息部/網絡處")
    opened = []
    for name, where in (("helen", None), ("nina", unit)):
        person = add_person(actor=cast.operator, company=cast.corp, name=name.title(), unit=where)
        new = NewMailbox(f"{name}@corp.test", person=person, password_hash=_password_hash())
        opened.append(open_mailbox(actor=cast.operator, company=cast.corp, new=new))
    assert opened[0].account is not None
    grant_role(actor=cast.operator, account=opened[0].account, role="hr", company=cast.corp)
    return House(cast, *opened)
