"""Recorded runs, fed to today's prompt, model, tools and policy: what comes of them now, and what changed first."""
