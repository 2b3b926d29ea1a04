"""The daily digest and quiet hours, by each person's own clock."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from eyes import wait_until, words
from house import LENA, REP, SAM
from sqlalchemy import text

from lanes.core.quiet import Quiet

BERLIN = ZoneInfo("Europe/Berlin")
DM = "D0LEAD1"


def to_hour(house, hour, minute=0):
    """Turn the clock on to the next time a clock in Berlin shows this."""
    now = house.clock().astimezone(BERLIN)
    then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    then += timedelta(days=then <= now)
    house.later(seconds=(then - now).total_seconds())
    return then


def told(house, part, where=DM):
    return [words(m) for m in house.messages(where) if part in words(m)]


@pytest.fixture
def berlin(house):
    """Lena lives in Berlin."""
    with house.somebody_is(LENA, tz="Europe/Berlin"):
        yield house


def choose(house, who, digest="off", begin="off", end="off"):
    """On Home, as a person does."""
    house.act("open_home", who)
    wait_until(lambda: "My settings" in house.home(who))

    def clicked():
        """Home may be drawn anew between the look and the click; then the row that was seen is another one."""
        shown = house.ask(f"view?user={who}")["home"]
        row = next(b for b in shown["blocks"] if b.get("accessory", {}).get("action_id") == "lane:home_settings")
        return house.act("click", who, view_id=shown["id"], action_id="lane:home_settings", block_id=row["block_id"])[
            "ok"
        ]

    wait_until(clicked)
    house.modal(who)
    answer = house.act("submit", who, values={"digest": digest, "from": begin, "to": end})
    house.quiet()  # a digest is of hours that come after it is chosen
    return answer


def test_the_settings_are_chosen_on_home_and_shown_there(berlin):
    house = berlin
    choose(house, LENA, digest="8", begin="22", end="7")
    wait_until(lambda: "every day at 08:00" in house.home(LENA), what=lambda: house.home(LENA))
    said = house.home(LENA)
    for part in ("22:00 to 07:00", "Europe/Berlin", "/lane away"):
        assert part in said, part


@pytest.mark.parametrize(("begin", "end", "why"), [("22", "off", "both hours"), ("7", "7", "two different hours")])
def test_half_a_quiet_time_is_refused_in_the_form(berlin, begin, end, why):
    answer = choose(berlin, LENA, begin=begin, end=end)
    assert why in str(answer), answer


def test_the_digest_comes_once_a_date_at_its_hour_and_says_what_waits_and_what_came_of_yesterday(berlin):
    house = berlin
    to_hour(house, 18)
    done = house.held("ZD-4822")
    done.choose(SAM, "take_over")
    house.modal(SAM)
    house.submit(SAM, note="by hand")
    done.ends("taken_over")
    choose(house, LENA, digest="8")
    to_hour(house, 7, 30)
    house.held("ZD-4821")
    assert told(house, "Your day") == []
    to_hour(house, 8, 1)
    (said,) = wait_until(lambda: told(house, "Your day"), 15)
    for part in ("1 waiting for you", "Refund $38.00", "Yesterday", "support-refunds: 1 taken over"):
        assert part in said, (part, said)
    house.later(hours=1)
    house.restart()
    house.quiet()
    assert len(told(house, "Your day")) == 1
    house.later(hours=5)
    house.quiet()  # nobody has decided by now
    to_hour(house, 8, 1)
    newest = wait_until(lambda: told(house, "Your day")[1:], 15)[-1]
    assert "support-refunds: 1 expired" in newest


def test_on_a_day_without_news_no_digest_comes(berlin):
    house = berlin
    choose(house, LENA, digest="8")
    to_hour(house, 8, 1)
    wait_until(lambda: fired(house), 15)
    house.quiet()
    assert told(house, "Your day") == []


def fired(house):
    """The digests' job has come to an end since the clock was turned."""
    with house.lanekeeper.database.connect() as connection:
        return connection.execute(text("SELECT said FROM firing WHERE job='digests' AND outcome='done'")).first()


def test_a_digest_in_quiet_hours_comes_at_their_end(berlin):
    house = berlin
    choose(house, LENA, digest="8", begin="20", end="10")
    to_hour(house, 8, 1)
    house.held("ZD-4821")
    wait_until(lambda: fired(house), 15)
    house.quiet()
    assert told(house, "Your day") == []
    to_hour(house, 10, 1)
    wait_until(lambda: told(house, "Your day"), 15)


def snoozed(house, hours):
    """Lena puts a case off, at this moment, for so many hours."""
    case = house.held("ZD-4821")
    case.choose(LENA, "put_off")
    house.modal(LENA)
    house.submit(LENA, **{"for": str(hours * 60)})
    wait_until(lambda: case.run.snoozed)
    house.quiet()
    return case


def test_what_was_put_off_into_quiet_hours_comes_back_when_they_end(berlin):
    house = berlin
    to_hour(house, 19)
    house.lanekeeper.homes.preferences.choose(LENA, digest_hour=None, quiet=Quiet(20, 21))
    snoozed(house, 1)
    to_hour(house, 20, 5)
    house.quiet()
    assert told(house, "You put this off") == []
    to_hour(house, 21, 1)
    (said,) = wait_until(lambda: told(house, "You put this off"), 15)
    assert "quiet hours" not in said


def test_what_would_expire_in_quiet_hours_comes_all_the_same_and_says_so(berlin):
    house = berlin
    to_hour(house, 19)
    house.lanekeeper.homes.preferences.choose(LENA, digest_hour=None, quiet=Quiet(20, 7))
    snoozed(house, 1)  # it waits for four hours
    to_hour(house, 20, 5)
    (said,) = wait_until(lambda: told(house, "You put this off"), 15)
    assert "because it would expire before they end" in said


def test_who_asked_for_no_digest_gets_none(house):
    house.held("ZD-4821")
    choose(house, REP)
    house.later(days=1)
    house.quiet()
    assert not any("Your day" in words(m) for m in house.messages("D0REP"))
