"""What hangs in a channel: the card of a run, the card of several, Details, the requester's progress."""
