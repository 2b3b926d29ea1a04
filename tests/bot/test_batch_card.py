"""A card of several runs: a line is whole or says that it is not, and the button carries what was shown."""

import json
from dataclasses import replace

import pytest
from shared_cards import NOW, PAGE, THEO, action, batch, draft, regime, run

from bot.cards.batch import batch_card, batch_in_short
from bot.record.lane_page import lane_page
from bot.words.batch import names, title
from lanes.core.refuse import SAME_DIGEST
from lanes.core.states import FINAL, State
from lanes.core.values import Origin, Ruling
from tools.contract import Target


def drawn(*runs, **how):
    return batch_card(batch(*runs), regime(**how), NOW)


def line(card, nth=0):
    return [block for block in card.blocks if "/a" in block.get("block_id", "")][nth]


def menu(block):
    return [one["text"]["text"] for one in block.get("accessory", {}).get("options", [])]


def carried(card):
    buttons = [b for b in card.blocks if b.get("block_id", "").endswith("/rest")]
    return json.loads(buttons[0]["elements"][0]["value"]) if buttons else None


def test_the_button_carries_each_draft_as_it_was_shown_and_whether_whole():
    long = draft("Update " + "x" * 300)
    card = drawn(run(0, action()), run(1, action(made=long)), run(2, action(state=State.DONE)))
    digits = "d" * SAME_DIGEST
    assert carried(card) == [["r0000000000", "a1", 1, digits, 1], ["r0000000001", "a1", 1, digits, 0]]
    assert "Approve & run the rest (1)" in str(card.blocks)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (draft("Update " + "x" * 300), "Too long to stand here"),
        (draft(changes=[("Next step", "", "y" * 600)]), "Too long to stand here"),
        (draft(body="Dear customer"), "read what will be sent"),
        (draft(origins=(Origin(field="stage", value="Won", trust="untrusted", quote="close it"),)), "more to know"),
    ],
    ids=["sentence", "changes", "letter", "doubt"],
)
def test_what_a_line_cannot_show_has_to_be_opened(made, said):
    block = line(drawn(run(0, action(made=made))))
    assert said in block["text"]["text"]
    assert block["accessory"]["action_id"] == "lane:details"


def test_a_second_draft_of_a_run_is_said_on_its_line():
    block = line(drawn(run(0, action("a1"), action("a2"))))
    assert "2 drafts wait here" in block["text"]["text"]
    assert not menu(block)


def test_what_needs_several_people_says_so():
    two = Ruling(verdict="approve", reasons=("X",), quorum=2)
    assert "Needs 2 different people" in line(drawn(run(0, action(ruling=two))))["text"]["text"]


def test_a_draft_made_anew_says_why():
    old = action("a1", State.SUPERSEDED, message="the stage was changed meanwhile")
    block = line(drawn(run(0, old, action("a2"))))
    assert "Drafted anew: the stage was changed meanwhile" in block["text"]["text"]
    assert block["block_id"].endswith("/a2/1")


@pytest.mark.parametrize("state", [state for state in State if state not in {State.DRAFTED, State.SHADOWED}])
def test_every_state_has_a_line_with_its_sign_and_a_place_in_the_title(state):
    card = drawn(run(0, action(state=state)), run(1, action()))
    assert "2 changes wait" in card.text if state is State.HELD else "1 change waits · 1 " in card.text
    block = line(card)
    assert block["text"]["text"][0] not in "*U", "a sign stands first"
    assert ("accessory" in block) == (state in {State.HELD, State.FROZEN})


@pytest.mark.parametrize("state", sorted(FINAL - {State.SHADOWED}))
def test_once_nothing_is_open_it_folds_and_leads_on_to_details(state):
    card = drawn(*(run(n, action(state=state)) for n in range(20)))
    assert len(card.blocks) <= 8
    assert card.blocks[0]["text"]["text"].startswith("20 changes: 20 ")
    choose = card.blocks[-1]["elements"][0]
    assert len(choose["options"]) == 20
    assert json.loads(choose["options"][0]["value"])["w"] == "details"


def test_while_the_lane_is_stopped_only_no_can_be_said():
    card = drawn(run(0, action()), run(1, action(state=State.FROZEN)), stopped=True)
    assert carried(card) is None
    assert menu(line(card)) == ["Open", "Reject…", "Do it by hand…"]
    assert card.blocks[0]["text"]["text"].startswith("On hold · 1 change waits · 1 frozen")


def test_in_short_there_is_nothing_to_approve():
    card = batch_in_short(batch(run(0, action()), run(1, action(state=State.DONE))), regime(), NOW)
    (block,) = [b for b in card.blocks if "accessory" in b]
    assert block["accessory"]["action_id"] == "lane:details"
    assert "approve" not in str(card.blocks)


def test_a_link_is_whole_or_not_there():
    """Half a link is no link, and an address longer than a line is none that helps."""
    url = "https://sf.example/" + "p" * 600
    far = draft(target=Target(ref="salesforce.opportunity 1", url=url, pinned={}))
    assert "sf.example" not in line(drawn(run(0, action(made=far))))["text"]["text"]
    done = replace(action(state=State.DONE), result={"refund": "re_1", "url": "https://s.example/" + "q" * 390})
    text = drawn(run(0, done)).blocks[2]["text"]["text"]
    assert text.count("<") == text.count(">")


def test_a_card_of_one_has_nothing_to_explain():
    card = drawn(run(0, action()))
    assert [b["elements"][0]["text"]["text"] for b in card.blocks if b["type"] == "actions"] == ["Approve & run"]
    assert "Each is decided by itself" not in str(card.blocks)


def test_the_lanes_page_says_what_lies_together():
    said = lane_page(PAGE, regime(), {})
    assert "Up to 20 simple drafts (update of the opportunity) that come by themselves within 10 minutes" in said


def test_lines_stay_where_they_are():
    runs = [run(n, action(state=State.DONE if n == 1 else State.HELD)) for n in range(3)]
    shown = [b["block_id"] for b in drawn(*runs).blocks if "/a" in b.get("block_id", "")]
    assert shown == [f"{one.id}/a1/1" for one in runs]


def test_a_title_counts_and_a_sentence_names_a_few():
    assert title([State.HELD, State.DONE, State.DONE], "crm", stopped=False) == "1 change waits · 2 done · crm"
    assert (
        title([State.EXECUTING, State.CLEARED, State.DONE], "crm", stopped=False)
        == "3 changes: 2 running · 1 done · crm"
    )
    assert names([f"n{n}" for n in range(9)]) == "n0; n1; n2; n3; n4; n5; and 3 more"
    assert THEO.user in drawn(run(0, action())).blocks[1]["elements"][0]["text"]
