"""People look at cases: what the agent and a person did side by side, and what the agent did alone."""
