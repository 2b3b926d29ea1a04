"""The card of a proposed lease: what would go alone, from which evidence, who has signed. Drawn from the state."""

from bot.cards.card import Card
from bot.slack.blocks import Block, actions, button, context, divider, modal, section, sections, text_input
from bot.words import bar as words_bar
from bot.words import lease as words
from lanes.core.lane_state import Proposal
from lanes.core.page import Lane
from lanes.promotion.bar import LaneBar


def lease_card(page: Lane, one: Proposal) -> Card:
    """As it stands: with buttons while it is open, with what became of it afterwards."""
    blocks: list[Block] = [section(words.asks(page.lane, one)), *sections(words.scope(one.lease))]
    evidence = "\n".join(["*What it rests on*", *(words.earned(each) for each in one.proposed.earned)])
    blocks += [*sections(evidence), context(words.signers(page, one))]
    if not one.ended:
        carried = {"l": page.lane, "p": one.id}
        blocks.append(
            actions(
                f"lease/{page.lane}/{one.id}",
                button("lease_sign", "Sign", carried, "primary"),
                button("lease_decline", "Decline…", carried),
                button("lease_details", "Details", carried),
            )
        )
    return Card(words.proposal_text(page.lane, one), blocks)


def decline(page: Lane, one: Proposal) -> Block:
    """A no says why."""
    blocks = [
        section(words.scope(one.lease)),
        text_input("why", "Why not?", lines=True, optional=False, hint="Everybody in the channel reads it."),
    ]
    return modal("lease_decline", "Decline this lease", {"l": page.lane, "p": one.id}, blocks, submit="Decline")


def details(page: Lane, one: Proposal, bar: LaneBar) -> Block:
    """The whole bar as it stands now, and what was proposed."""
    asked = [*sections(words.scope(one.lease)), divider(), *sections(words_bar.bar(page, bar))]
    return modal("lease", "What it rests on", {}, asked)
