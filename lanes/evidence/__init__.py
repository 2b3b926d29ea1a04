"""What a lane has proved: how often, how surely, at what cost. Pure: numbers in, numbers out.

The rules, before the code:

1. Nothing seen is no evidence. A share of nothing is None, never 0 % and never 100 %; its interval is all of [0, 1].
2. A figure is only ever shown with what it rests on: the count, the interval, the table it was made from.
3. Promotion and demotion may be looked at after every case; no interval that is meant for a single look decides.
4. Randomness is handed in, so that every figure can be computed again.
"""
