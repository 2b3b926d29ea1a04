"""App Home and the daily digest: what waits for one person, the most pressing first."""
