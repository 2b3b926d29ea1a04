"""x"""

import json
from crowd import Crowd
from eyes import TEAM, wait_until, words
from case import Case
from house import RITA, THEO, REVOPS, REVOPS_APPROVALS
from lanes.core import commands as c
from lanes.core.values import Person


def sweep(house, count, by=THEO, via="schedule"):
    crowd = Crowd(house)
    wishes = crowd.crm(count)
    crowd.move_in()
    for n, wish in enumerate(wishes):
        house.engine.handle(
            c.StartRun(
                f"r{n:010x}", "crm-hygiene", wish.subject, Person(user=by, team=TEAM), REVOPS, f"sweep/{n}", via=via
            )
        )
    cases = [Case(house, f"r{n:010x}") for n in range(count)]
    wait_until(lambda: all(x.run.card for x in cases), what=lambda: [x.story() for x in cases])
    house.quiet()
    return cases


def test_a(house):
    cases = sweep(house, 12)
    msgs = house.messages(REVOPS_APPROVALS)
    print(len(msgs))
    print(json.dumps(msgs, indent=1, ensure_ascii=False)[:9000])
    print([x.run.batch for x in cases], len(house.calls("chat.update")))
    print([(o.field, o.trust) for o in cases[0].run.actions["a1"].draft.origins])
    assert 0
