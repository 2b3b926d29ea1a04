"""The voice: everything a person sees or types, and the one place (`app.py`) where all floors meet."""
