"""What a lane earns and loses, in Slack: the card of a proposed lease, who signs it, what is missing, demotions."""
