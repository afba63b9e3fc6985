"""An approval with real engines: two approve at the same moment, one is first, and the mailbox is there for its owner."""

from __future__ import annotations

import json

import pytest

from tests.resilience import hands
from tests.system.hands import PASSWORD, Running, eventually

_AT_ONCE = """
import json, threading
from django.contrib.auth.hashers import make_password
from django.db import connection
from hongyan.company.mailboxes.actions import NewMailbox, open_mailboxes
from hongyan.company.people import credentials
from hongyan.company.people.actions import add_person, add_unit
from hongyan.company.people.queries import actor_of, find_company
from hongyan.company.people.roles import grant_role
from hongyan.company.requests import actions, queries
from hongyan.kernel.decision import Refusal
company, hashed = find_company("corp"), make_password(%r)
unit = add_unit(actor=actor, company=company, path="Approvals")
names = ("walt", "yuri", "zack", "vivi")
staff = {n: add_person(actor=actor, company=company, name=n, unit=unit, head=n == "walt") for n in names}
boxes = dict(zip(names, open_mailboxes(actor=actor, company=company, new=[
    NewMailbox(f"{n}@corp.test", password_hash=hashed, person=p) for n, p in staff.items() if n != "vivi"
])))
for name in ("yuri", "zack"):
    grant_role(actor=actor, account=boxes[name].account, role="it", company=company, unit=unit)
actions.save_chain(actor=actor, company=company, name="clerks", title={"en": "Clerks"}, steps=[{"by": "it_clerk"}])
actions.set_form(actor=actor, company=company, form="personal", chain="clerks")
request = actions.file_request(
    actor=actor_of(boxes["walt"].account), form="personal", for_person=staff["vivi"],
    fields={"address": "vivi@corp.test", "reason": "joins"},
)
step, start, said = queries.open_step(request), threading.Barrier(2), {}
def approve(name):
    start.wait()
    try:
        said[name] = actions.decide(actor=actor_of(boxes[name].account), step=step, verdict="approve").state
    except Refusal as refused:
        said[name] = refused.code + " " + str(refused.decision.params["name"])
    connection.close()
threads = [threading.Thread(target=approve, args=(name,)) for name in ("yuri", "zack")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
request.refresh_from_db()
token = actions.activation_link(actor=actor, request=request)
credentials.activate(token=token, password=%r, remote="127.0.0.1")
print(json.dumps(said))
"""


@pytest.mark.clause("G3.1.2", "G3.1.1", "B2")
def test_of_two_at_the_same_moment_one_approves_and_the_mailbox_is_there(world: Running) -> None:
    said: dict[str, str] = json.loads(hands.rows(world, _AT_ONCE % (PASSWORD, PASSWORD)).splitlines()[-1])
    first = next(name for name, what in said.items() if what == "done")
    assert [what for name, what in said.items() if name != first] == [f"request.decided {first}"]
    hands.wait_published(world)
    eventually(lambda: world.arrive("vivi@corp.test", subject="welcome")[0] == 250, 10, "the new mailbox")
    assert b"welcome" in world.found("vivi@corp.test", "welcome")
