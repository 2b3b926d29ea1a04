"""How a lane earns the right to act alone, segment by segment, and by what it loses it.

bar.py        what has to be shown, gate by gate; pure
strata.py     the evidence of each segment, read from cases, replays, canaries and the lane's own history
review.py     once a day: a bar that is met becomes a proposed lease; one that is met no more is withdrawn
signs.py      what costs a lane its freedom; pure
watching.py   looks for such signs, every quarter of an hour and right after what may be one
audits.py     which actions that went alone are looked at by people: drawn, and drawn again the same
drill.py      the kill switch, tried for real
readiness.py  the table of `/lane ready`
"""
