"""What a lane's week came to, in figures: how far agent and people are apart, what it costs, what customers felt.

`figures` measures one run, once; the others add up many, each its own subject; `weekly` puts them together. All of
them are pure but `measuring` and `gathering`, which read the ledger and the tables.
"""
