"""How Slack and other systems reach us, how we speak back, at which pace, in which blocks and markup."""
