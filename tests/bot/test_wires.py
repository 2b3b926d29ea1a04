"""One guard per vendor, whoever asks; one wire per identity and system, whichever lane uses it."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.wires import open_wires
from lanes.loading import load_lanes
from tools.contract import Unavailable
from tools.guard import in_memory
from tools.registry import TOOLS
from tools.sandboxes import seed
from tools.sandboxes.server import TWINS, create, serve

LANES = load_lanes(Path(__file__).parents[2] / "lanes" / "catalog", TOOLS)


@pytest.fixture
def opened(monkeypatch):
    """Wires of the whole catalog to sandboxes, at the limits given."""
    for name, value in seed.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    wires = {}
    with serve({name: create(name) for name in TWINS}) as serving:

        def made(buckets=in_memory, **limits):
            urls = {f"{name}_{kind}": url for name, url in serving.urls.items() for kind in ("url", "web_url")}
            wires.update(open_wires(Settings(_env_file=None, rate_limits=limits, **urls), LANES, buckets))
            return wires

        yield made
        for wire in wires.values():
            wire.close()


def ask(wire):
    return wire.call("GET", "/api/v2/tickets/4821.json", timeout=timedelta(seconds=5))


def test_all_identities_draw_on_one_limit(opened):
    wires = opened(zendesk=2)
    refunds, triage = wires["svc-support-refunds", "zendesk"], wires["svc-support-triage", "zendesk"]
    ask(refunds)
    ask(triage)
    for wire in (refunds, triage):
        with pytest.raises(Unavailable, match="zendesk is asked 2 times a minute at most, by our own limit"):
            ask(wire)


def test_there_is_one_bucket_a_vendor_and_whoever_wires_it_all_says_which(opened):
    asked = []

    def buckets(system, pace):
        asked.append((system, str(pace)))
        return in_memory(system, pace)

    wires = opened(buckets, stripe=900)
    assert len(asked) == len(dict(asked)) == len({system for _, system in wires})
    assert {("stripe", "900 times a minute"), ("zendesk", "200 times a minute")} <= set(asked)
    used = {(lane.identity.name, tool.system) for lane in LANES.values() for tool in lane.tools.values()}
    assert set(wires) == used | {("svc-truth", source.system) for lane in LANES.values() for source in lane.truths}
