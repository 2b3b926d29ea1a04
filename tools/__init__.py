"""The hands: typed operations on outside systems. They know nothing of lanes, runs or the ledger."""
