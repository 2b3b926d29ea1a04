"""What people do with a draft: each click or form becomes one command."""
