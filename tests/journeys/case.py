"""One run from outside: its card, its thread, its buttons, its events."""

from dataclasses import dataclass

from eyes import wait_until, words


@dataclass(frozen=True)
class Case:
    """One run, from outside."""

    house: object  # its House
    id: str

    @property
    def run(self):
        return self.house.engine.run(self.id)

    def state(self, action="a1"):
        found = self.run.actions.get(action)
        return found.state.value if found else None

    def becomes(self, state, action="a1"):
        wait_until(lambda: self.state(action) == state, what=lambda: f"{action} is not {state}: {self.story()}")
        self.house.quiet()

    def nobody_can_tell(self):
        """Of the first draft's write no system shows whether it happened: it is left to a person."""
        wait_until(
            lambda: self.run.actions["a1"].unsettled or (self.state() == "uncertain" and self.house.later(seconds=31)),
            timeout=60, what=self.story,
        )  # fmt: skip
        self.ends("uncertain")

    def ends(self, outcome=None):
        """Wait for the end, and for everything that is said about it."""
        wait_until(lambda: self.run.finished, what=lambda: f"no end: {self.story()}")
        self.house.quiet()
        assert outcome in {None, self.run.finished.outcome}, self.story()

    def events(self, kind=None):
        return [event for event in self.house.library.events(self.id) if kind in {None, event.kind}]

    def story(self):
        return [f"{e.kind} {getattr(e, 'code', '')}{getattr(e, 'outcome', '')}" for e in self.events()]

    @property
    def message(self):
        place = self.run.card
        return next((m for m in self.house.messages(place.channel) if m["ts"] == place.ts), None) if place else None

    @property
    def card(self):
        return words(self.message)

    def shows(self, part):
        wait_until(lambda: part in self.card, what=lambda: f"the card does not say {part!r}:\n{self.card}")

    def glance(self, who):
        """Open Details and close it again: a click whose payload can then be forged; no decision."""
        assert self.click(who, "details")["ok"]
        self.house.modal(who)
        self.house.act("close", who)
        return self.house.delivered("block_actions")

    @property
    def buttons(self):
        """What can be clicked: {(action, which button)}; "all" is the whole card."""
        found = [block for block in self.message["blocks"] if block["type"] == "actions"]
        return {
            (b["block_id"].split("/")[1], e["action_id"].removeprefix("lane:")) for b in found for e in b["elements"]
        }

    def click(self, who, what="approve", action="a1", version=1):
        block = f"{self.id}/all" if what == "approve_all" else f"{self.id}/{action}/{version}"
        place = self.run.card
        return self.house.act(
            "click", who, channel=place.channel, ts=place.ts, action_id=f"lane:{what}", block_id=block
        )

    def choose(self, who, wish, action="a1", version=1):
        """An entry of the menu behind the three dots."""
        place, block = self.run.card, f"{self.id}/{action}/{version}"
        row = next(one for one in self.message["blocks"] if one.get("block_id") == block)
        menu = next(one for one in row["elements"] if one["type"] == "overflow")
        value = next(one["value"] for one in menu["options"] if f'"w":"{wish}"' in one["value"])
        return self.house.act(
            "click", who, channel=place.channel, ts=place.ts, action_id="lane:more", block_id=block, value=value
        )

    @property
    def below(self):
        """What stands in the card's thread."""
        return [words(m) for m in self.house.below(self.run.card)]

    @property
    def root(self):
        return self._posted(self.run.thread.place)

    @property
    def thread(self):
        return self._posted(self.run.thread.progress)

    def _posted(self, place):
        return words(next(m for m in self.house.messages(place.channel) if m["ts"] == place.ts))
