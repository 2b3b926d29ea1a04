"""Twins of the outside systems: they speak the same HTTP, keep their own state, and live on this machine only."""
