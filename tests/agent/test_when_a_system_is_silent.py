"""Zendesk or Stripe does not answer: the model is told, may ask once more after a moment, and no more than that.

An outage is never taken for a finding: a run whose reads were not answered does not end as "no evidence".
"""

import pytest
from house import LEADS, wait_until
from scene import find, read, refund, reply, solve

from tests.models.messages_server import answer, text
from tests.models.talk import DONE, FIRST, SECOND, TWICE, Talk, customer, refunds

END = answer(text("Stripe does not answer."))
SILENT = {"error": "UNAVAILABLE", "message": "stripe answered 429: Too many requests; limit: global-rate"}


def goes_silent(scene, system="stripe", times=1000):
    """For so many requests; a Retry-After that long is not waited for by the wire."""
    scene.house.fails(system, "429", times=times, retry_after=60)


def rests(scene, case, turns):
    """See the run wait for the system to recover, then let the time pass."""
    wait_until(lambda: len(case.run.turns) == turns, what=case.story())
    scene.house.quiet()
    assert not case.run.finished
    assert len(scene.asked) == turns, "while the system recovers the model is neither asked nor paid"
    scene.house.later(seconds=11)


def test_a_read_that_was_not_answered_is_told_and_asked_again_after_a_moment(play):
    scene = play(answer(read()), answer(find("one")), answer(find("two")), answer(refund()), END)
    goes_silent(scene, times=1)
    case = scene.begin()
    rests(scene, case, turns=2)
    scene.approve(case, "a1")
    case.ends()
    assert scene.heard("one") == (SILENT, True)
    assert scene.heard("two")[0]["customer"]["id"] == "cus_AdaPark"
    assert (case.run.answers["one"].ok, case.run.answers["one"].code) == (False, "UNAVAILABLE")
    assert len(scene.house.refunds) == 1


def test_a_system_that_stays_silent_ends_the_run_and_every_turn_is_paid_for_on_record(play):
    scene = play(answer(read(), find("one")), answer(find("two")), answer(find("three")))
    goes_silent(scene)
    case = scene.begin()
    rests(scene, case, turns=2)
    case.ends("model_unavailable")
    assert case.run.finished.reasons == ("VENDOR_UNAVAILABLE",)
    assert case.run.finished.summary == "stripe did not answer, asked twice."
    assert len(case.run.turns) == 3
    assert case.run.cost > 0
    assert "stripe did not answer" in scene.house.reads(LEADS, "hands over *ZD-4821*")


def test_a_process_that_is_restarted_gives_the_system_its_moment_all_the_same(play):
    scene = play(answer(read(), find("zero")), answer(find("one")), END)
    goes_silent(scene)
    case = scene.begin()
    wait_until(lambda: len(case.run.turns) == 2)
    scene.house.restart()
    rests(scene, case, turns=2)
    case.ends("model_unavailable")


@pytest.mark.parametrize("calls", [(find(),), (read(), find())], ids=["alone", "beside-another"])
def test_a_model_that_gives_up_at_once_has_found_an_outage_and_not_a_lack_of_evidence(play, calls):
    scene = play(answer(*calls), END)
    goes_silent(scene)
    case = scene.begin()
    if len(calls) == 1:
        rests(scene, case, turns=1)
    case.ends("model_unavailable")
    assert case.run.finished.reasons == ("VENDOR_UNAVAILABLE",)
    assert case.run.finished.summary == "Stripe does not answer."
    assert case.run.finished.handed_over


def test_no_evidence_stays_no_evidence_when_the_second_try_was_answered(play):
    scene = play(answer(find("one")), answer(find("two")), answer(text("No evidence: one charge only.")))
    goes_silent(scene, times=1)
    case = scene.begin()
    rests(scene, case, turns=1)
    case.ends("no_evidence")


def test_a_write_whose_target_cannot_be_looked_at_is_no_draft(play):
    scene = play(answer(refund("blind")), answer(refund("seen")), END)
    goes_silent(scene, times=1)
    case = scene.begin()
    rests(scene, case, turns=1)
    scene.approve(case, "a1")
    case.ends()
    assert scene.heard("blind") == (SILENT, True)
    assert [action.call for action in case.run.actions.values()] == ["seen"]
    assert len(scene.house.refunds) == 1


def test_what_is_done_is_kept_when_the_next_system_is_silent(play):
    """Refunded, and then Zendesk is away: handed over as an outage, the refund stands."""
    scene = play(answer(refund()), answer(reply("r1"), solve("s1")), answer(reply("r2"), solve("s2")))
    goes_silent(scene, "zendesk")
    case = scene.begin()
    scene.approve(case, "a1")
    rests(scene, case, turns=2)
    case.ends("model_unavailable")
    assert case.run.finished.summary == "zendesk did not answer, asked twice."
    assert case.state("a1") == "done"
    assert len(scene.house.refunds) == 1


def test_a_reading_that_is_refused_in_the_end_shows_nothing_and_asks_no_second_time(play):
    """Stripe's answer has changed its shape since the refund: not an outage, but nothing to rest a success on."""
    scene = play(answer(refund()), answer(reply()), answer(text("Refunded, and Ada was told.")))
    case = scene.begin()
    scene.approve(case, "a1")
    scene.waits(case, "a2")
    scene.house.fails("stripe", "drift", "/v1/refunds", method="GET", field="status", times=1000)
    scene.approve(case, "a2")
    case.ends("fell_short")
    assert case.run.finished.readings["refund"] == {}
    assert "refund.status was never read back" in case.run.finished.reasons
    assert case.run.finished.handed_over


# The offline rules


def test_with_rules_for_a_model_the_run_ends_just_so(play):
    scene = play(model="offline")
    goes_silent(scene)
    case = scene.begin()
    wait_until(lambda: len(case.run.turns) == 2)
    scene.house.quiet()
    scene.house.later(seconds=11)
    case.ends("model_unavailable")
    assert "stripe did not answer" in case.run.finished.summary
    assert [answered.code for answered in case.run.answers.values()] == ["", "UNAVAILABLE", "UNAVAILABLE"]


def test_with_rules_for_a_model_one_silence_is_survived(play):
    scene = play(model="offline")
    goes_silent(scene, "zendesk", times=1)
    case = scene.begin()
    wait_until(lambda: len(case.run.turns) == 1)
    scene.house.quiet()
    scene.house.later(seconds=11)
    scene.approve(case, "a1")
    scene.approve(case, "a2", "a3")
    case.ends("succeeded")


def test_rules_ask_a_silent_system_once_more_and_then_name_it():
    talk = refunds(TWICE).answered(SILENT, is_error=True)
    assert talk.calls() == [("stripe__find_charges", {"email": "ada@example.com"})]
    talk.answered(SILENT, is_error=True)
    assert talk.end() == ("stripe did not answer stripe.find_charges, asked 2 times. Nothing was changed by this run.")


def test_rules_propose_a_draft_again_that_could_not_be_looked_at():
    talk = refunds(TWICE, customer(FIRST, SECOND)).answered(SILENT, is_error=True)
    ((name, arguments),) = talk.calls()
    assert (name, arguments["charge"]) == ("stripe__create_refund", "ch_2")
    talk.answered(DONE)
    assert [name for name, _ in talk.calls()] == ["zendesk__reply", "zendesk__set_status"]
    talk.answered(SILENT, SILENT, is_error=True).answered(SILENT, SILENT, is_error=True)
    assert talk.end().endswith("asked 2 times. Already done in this run: stripe.create_refund.")


@pytest.mark.parametrize(
    ("lane", "subject"), [("support-triage", "ZD-4821"), ("crm-hygiene", "acme"), ("renewals", "acme")]
)
def test_rules_of_every_lane_ask_once_more(lane, subject):
    talk = Talk(lane, subject)
    (first,) = talk.calls()
    assert talk.answered(SILENT, is_error=True).calls() == [first]
    assert "did not answer" in talk.answered(SILENT, is_error=True).end()


def test_a_refused_read_still_ends_the_rules_at_once():
    talk = refunds().answered({"error": "NOT_FOUND", "message": "no such ticket"}, is_error=True)
    assert talk.end().startswith("No evidence: zendesk.get_ticket gave no result (NOT_FOUND).")
