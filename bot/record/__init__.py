"""Answers to questions: what a lane may do, what it did, to whom, on whose yes."""
