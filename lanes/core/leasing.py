"""How a lane gets its lease and loses it. The rules, before the code:

1. The machine proposes, on evidence, to a lane whose writes people approve; people sign: so many different people as
   the page asks for, its owner among them.
2. Whoever is not among the approvers, and does not own the lane, signs nothing. One no ends the proposal.
3. A proposal is signed as it stands. Where what it rests on has changed, it is withdrawn and another is made.
4. A lease ends on its last day. A lane that errs loses it at once, and goes one mode down.
5. What was held against a lane once is never held against it again: taking freedom back twice for one thing would
   also undo what people signed in full knowledge of it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from lanes.core import commands as c
from lanes.core import lane_commands as lc
from lanes.core import lane_events as le
from lanes.core.commands import Standing
from lanes.core.lane_events import LaneEvent
from lanes.core.lane_state import LaneState, Proposal
from lanes.core.page import Lane, Mode
from lanes.core.values import Lease
from tools.contract import Refused

DECLINED_FOR = timedelta(days=30)  # what people declined is not put before them again; unless somebody asks for it
_LOWER: Mapping[Mode, Mode] = {
    Mode.AUTONOMOUS: Mode.APPROVAL, Mode.APPROVAL: Mode.READ_ONLY, Mode.READ_ONLY: Mode.SHADOW, Mode.SHADOW: Mode.SHADOW
}  # fmt: skip
Wish = (
    lc.ProposeLease | lc.HangLease | lc.SignLease | lc.DeclineLease | lc.WithdrawLease | lc.EndLease | lc.Demote
)  # fmt: skip


def decided(state: LaneState, command: Wish, page: Lane, now: datetime) -> tuple[LaneEvent, ...]:  # noqa: PLR0911 - one line a wish
    """The events of a wish about a lease. Raises `Refused`."""
    match command:
        case lc.ProposeLease():
            return _propose(state, command, page, now)
        case lc.HangLease():
            one = state.proposal
            known = one is None or one.id != command.proposal or one.place == command.place
            hung = le.LeasePosted(at=now, lane=command.lane, proposal=command.proposal, place=command.place)
            return () if known else (hung,)
        case lc.SignLease():
            return _sign(state, command, page, now)
        case lc.DeclineLease():
            return _decline(state, command, page, now)
        case lc.WithdrawLease():
            gone = le.LeaseWithdrawn(at=now, lane=command.lane, proposal=command.proposal, why=command.why)
            return (gone,) if _open(state, command.proposal) else ()
        case lc.EndLease():
            over = state.mode is Mode.AUTONOMOUS and state.lease is not None and now >= state.lease.until
            return (le.LeaseEnded(at=now, lane=command.lane, mode=_LOWER[Mode.AUTONOMOUS]),) if over else ()
        case lc.Demote():
            return _demote(state, command, now)


def check(lease: Lease, page: Lane, now: datetime) -> None:
    """Could this lease be used at all? Raises `Refused`."""
    if lease.until <= now:
        raise Refused("LEASE_IN_THE_PAST", "the lease ends before it begins; name a later end date")
    auto = {row.may for row in page.policy if row.then == "auto"}
    beyond = [tool for tool in lease.tools if tool not in auto]
    if beyond or not lease.tools:
        raise Refused("LEASE_TOO_WIDE", f"policy lets nothing of {', '.join(beyond) or 'this'} go without a person")


def enough(one: Proposal, page: Lane, *more: str) -> bool:
    """Have enough people signed, with these as well?"""
    signed = {*one.signers, *more}
    return len(signed) >= one.proposed.quorum and page.owner.person in signed


def _propose(state: LaneState, command: lc.ProposeLease, page: Lane, now: datetime) -> tuple[LaneEvent, ...]:
    if page.promotion is None:
        raise Refused("NOT_EARNED", f"{page.lane}'s page has no `promotion`, so nothing is earned")
    if (state.mode or page.mode) not in {Mode.APPROVAL, Mode.AUTONOMOUS}:
        return ()
    check(command.lease, page, now)
    before, out = state.proposal, []
    if before and _same(before.lease, command.lease):
        if not before.ended:
            return ()
        if before.ended == "declined" and before.at and now < before.at + DECLINED_FOR and not command.asked:
            return ()
    if before and not before.ended:
        out.append(le.LeaseWithdrawn(at=now, lane=command.lane, proposal=before.id, why="REPLACED"))
    proposed = le.LeaseProposed(
        at=now, lane=command.lane, proposal=f"L{state.version + len(out) + 1}", lease=command.lease,
        earned=command.earned, quorum=page.promotion.quorum,
    )  # fmt: skip
    return (*out, proposed)


def _same(one: Lease, other: Lease) -> bool:
    """The same freedom; the day it would end moves on with the day it is proposed."""
    return one.model_copy(update={"until": other.until}) == other


def _sign(state: LaneState, command: lc.SignLease, page: Lane, now: datetime) -> tuple[LaneEvent, ...]:
    if command.delivery in state.signed:
        return ()
    one, by = _asked(state, command.proposal, command.voice, page), command.voice.by
    if by.user in one.signers:
        raise Refused("ALREADY_SAID", "you have signed already; it needs others as well")
    check(one.lease, page, now)
    signed = le.LeaseSigned(
        at=now, lane=command.lane, proposal=one.id, by=by, standing=command.voice.standing, delivery=command.delivery
    )
    if not enough(one, page, by.user):
        return (signed,)
    return (signed, le.LaneModeChanged(at=now, lane=command.lane, mode=Mode.AUTONOMOUS, by=by, lease=one.lease))


def _decline(state: LaneState, command: lc.DeclineLease, page: Lane, now: datetime) -> tuple[LaneEvent, ...]:
    if command.delivery in state.signed:
        return ()
    one = _asked(state, command.proposal, command.voice, page)
    if not command.why.strip():
        raise Refused("NO_REASON", "a no needs its reason: whoever works on the lane reads it")
    no = le.LeaseDeclined(
        at=now, lane=command.lane, proposal=one.id, by=command.voice.by, why=command.why, delivery=command.delivery
    )
    return (no,)


def _asked(state: LaneState, proposal: str, voice: c.Voice, page: Lane) -> Proposal:
    """The proposal somebody speaks about. Raises `Refused` where it is open no more, or they have no say."""
    one = _open(state, proposal)
    if one is None:
        raise Refused("LEASE_SETTLED", "this proposal is settled already; its card says how")
    if voice.standing in {Standing.GUEST, Standing.STRANGER, Standing.BOT, Standing.DEACTIVATED}:
        raise Refused("NOT_AN_APPROVER", "only people of this workspace sign a lease")
    if voice.standing is not Standing.MEMBER and voice.by.user != page.owner.person:
        raise Refused("NOT_AN_APPROVER", f"only @{page.approvers.group} and the lane's owner sign its lease")
    return one


def _open(state: LaneState, proposal: str) -> Proposal | None:
    one = state.proposal
    return one if one and one.id == proposal and not one.ended else None


def _demote(state: LaneState, command: lc.Demote, now: datetime) -> tuple[LaneEvent, ...]:
    fresh = tuple(sign for sign in command.signs if sign.evidence not in state.held_against)
    if not fresh or state.mode is not Mode.AUTONOMOUS:
        return ()
    down = le.LaneDemoted(
        at=now, lane=command.lane, mode=_LOWER[Mode.AUTONOMOUS],
        reasons=tuple(dict.fromkeys(sign.reason for sign in fresh)),
        evidence=tuple(dict.fromkeys(sign.evidence for sign in fresh)),
        told=tuple(dict.fromkeys(sign.told for sign in fresh if sign.told)), severe=any(s.severe for s in fresh),
        runs=tuple(dict.fromkeys(run for sign in fresh for run in sign.runs)),
    )  # fmt: skip
    return (down,)
