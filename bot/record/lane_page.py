"""A lane's page in English, for `/lane show` and App Home: what it may do, what it may never do, who decides."""

from collections.abc import Mapping, Sequence

from bot import words
from bot.slack.mrkdwn import person, plain, when
from bot.words import batch as words_batch
from bot.words import canaries as words_canaries
from bot.words import lease as words_lease
from bot.words import people as words_people
from bot.words import truth as words_truth
from bot.words import ways_in as ways
from lanes.core.gate import Regime
from lanes.core.page import Approvers, Lane, Row
from storage.stand_ins import StandIn
from tools.contract import Tool, WriteTool


def lane_page(page: Lane, regime: Regime, tools: Mapping[str, Tool], away: Sequence[StandIn] = ()) -> str:  # type: ignore[type-arg]
    """The whole page, as Slack markup; `away`: who of those who decide is, or will be."""
    reads = [name for name, tool in tools.items() if not isinstance(tool, WriteTool)]
    budget = page.budget
    money = "".join(
        f", moves at most ${most:,} {per}"
        for most, per in (
            (budget.money_usd_per_action, "at a time"),
            (budget.money_usd_per_day, "a day"),
            (budget.money_usd_per_customer_per_day, "a day for one customer"),
            (budget.money_usd_per_approver_per_day, "a day on one approver's word"),
        )
        if most
    )
    per_customer = "".join(
        f", {words.TOOL.get(tool, tool)} at most {most} a day for one customer"
        for tool, most in budget.writes_per_customer_per_day.items()
    )
    lines = [
        f"*{page.lane}* — {plain(page.purpose)}",
        f"Start it with `{ways.typed(page)}`. Owner: {person(page.owner.person)}.",
        *(["*It asks for*", *ways.inputs(page)] if page.inputs else []),
        *_by_itself(page),
        f"*Mode* `{regime.mode}`: {words.MODE[regime.mode]}.{_stopped(regime)}",
        *_lease(regime),
        f"*It reads with* {', '.join(f'`{name}`' for name in reads)}, as `{page.identity}`.",
        "*It may*" if page.policy else "*It may* change nothing: no line of policy allows a write.",
        *(f"• {_row(row)}" for row in page.policy),
        *(f"• never: {_line(f'{never.tool} when {never.when}', never.reason)}" for never in page.never),
        f"*Who decides* {_deciders(page.approvers)}, in {page.channels.approvals}; never the one who asked. "
        f"A card waits {words.duration(page.approvers.expires)}, then it expires and nothing is done."
        f"{_reminders(page)}{_batch(page)}",
        *([words_people.absences((), away)] if away else []),
        f"*Each run* takes at most {budget.steps} steps, {budget.seconds} seconds of work and ${budget.usd:.2f} of "
        f"model{money}{per_customer}.",
        *([words_truth.on_the_page(page.shadow)] if page.shadow else []),
        *([words_canaries.on_the_page(page.canaries)] if page.canaries else []),
        f"*It has succeeded when* `{plain(page.success.root)}`.",
        f"*People take over* in {page.fallback.to} on: {', '.join(page.fallback.on).replace('_', ' ')}.",
    ]
    return "\n".join(lines)


def _deciders(approvers: Approvers) -> str:
    group = f"the group @{plain(approvers.group)}"
    if not approvers.record_owner:
        return group
    late = " or they let the last reminder pass" if approvers.remind else ""
    return f"the owner of the record, else (nobody owns it, the owner asked for it,{late}) {group}"


def _reminders(page: Lane) -> str:
    approvers, said = page.approvers, ""
    if approvers.remind:
        said += f" It is called to mind after {' and '.join(words.duration(one) for one in approvers.remind)}"
        said += f", the last time to @{plain(approvers.escalate_to)} as well." if approvers.escalate_to else "."
    if approvers.break_glass:
        said += " One of them alone can break the glass, with a reason that everyone reads."
    return said


def _by_itself(page: Lane) -> list[str]:
    """What starts it when nobody asks."""
    said = [ways.trigger(one) for one in page.triggers]
    if page.sweep:
        said.append(ways.sweep(page.sweep, words.duration(page.sweep.again_after)))
    return ["*It starts by itself on*", *said] if said else []


def _batch(page: Lane) -> str:
    if page.batch is None:
        return ""
    return words_batch.on_the_page(page.batch, ", ".join(words.TOOL.get(tool, tool) for tool in page.batch.tools))


def _row(row: Row) -> str:
    if row.then == "auto":
        who = "alone, in mode autonomous and inside the lease"
    else:
        who = "with one approver" if row.quorum == 1 else f"with {row.quorum} different approvers"
        who = f"with a yes of {', then of '.join(f'@{stage}' for stage in row.stages)}" if row.stages else who
    return f"{_line(f'{row.may} when {row.when}', row.reason)}: {who}"


def _line(rule: str, reason: str) -> str:
    return f"{plain(words.rule(rule))} ({plain(words.reasons((reason,)))})"


def _stopped(regime: Regime) -> str:
    for stopped in (regime.own.stopped, regime.every.stopped):
        if stopped:
            return f" 🛑 *Stopped* by {person(stopped.by.user)} {when(stopped.at, '{date_short_pretty} {time}')}."
    return ""


def _lease(regime: Regime) -> list[str]:
    """What goes alone today, and what would have to be earned."""
    own, promotion = regime.own, regime.lane.promotion
    lines = [f"*Lease* {words_lease.lease(own.lease)}"] if own.lease else []
    if own.demoted and not own.lease:
        lines.append(words_lease.was_demoted(own.demoted))
    if promotion:
        lines.append(words_lease.may_earn(regime.lane, promotion))
    return lines
