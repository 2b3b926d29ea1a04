"""Decisions, without I/O. Three pure functions carry it all:

    decide(run, command, facts) -> events      what a wish comes to, given what is known
    evolve(run, event) -> run                  what an event makes of a run
    react(run, event) -> effects               what the shell must now do; only for events just written

Nothing here asks for the time, a user, a budget or a random number: facts are arguments.
"""
