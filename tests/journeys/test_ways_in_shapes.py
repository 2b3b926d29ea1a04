"""The modals that start a run, at their worst, held against Slack's own shapes and limits. S1, S8."""

import pytest
from shapes import ABSENT, checker

from bot.settings import Settings
from bot.ways_in import forms as start_forms
from bot.ways_in.forms import Start
from lanes.core.page import Lane
from lanes.core.ways_in import Input
from lanes.loading import load_lanes
from tools.registry import TOOLS

pytestmark = pytest.mark.skipif(checker() is None, reason=ABSENT)
WORST = ["", "x" * 4000, "<!channel> <@U0> & " * 200, "\u202eعربي ZD-1 " * 300, "😀" * 3000, "ZD-1 ZD-2 " * 400]


@pytest.fixture(scope="module")
def lanes():
    """The shipped lanes, and one that asks for all that a lane can ask for."""
    known = {name: ready.page for name, ready in load_lanes(Settings(_env_file=None).catalog, TOOLS).items()}
    kinds = ("text", "money", "date", "number", "person")
    asked = {f"{kind}_{n}": Input(kind=kind, label="L" * 75) for n in range(5) for kind in kinds}
    many = {f"c{n}": "😀 <!here> " * 20 for n in range(100)}
    asked["choice"] = Input(kind="choice", label="Which", choices=many, required=True)
    page = known["support-refunds"]
    return {**known, "worst": Lane.model_validate({**page.model_dump(), "lane": "worst", "inputs": asked})}


@pytest.mark.parametrize("text", WORST)
def test_every_form_is_one_that_slack_takes(lanes, text):
    found = start_forms.found(text, lanes)
    start = Start(channel="C0", thread="1.0", delivery="d" * 32, found=found, given={"subject": text, "text_0": text})
    views = [start_forms.which(start, lanes, text)]
    views += [start_forms.ask(start, page, {"subject": "Write one.", "x": text[:500]}) for page in lanes.values()]
    assert [said for view in views for said in checker().check_view(view)] == []
    assert all(Start.of(view).delivery == "d" * 32 for view in views), "what a form is about is never left out"
