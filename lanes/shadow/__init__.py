"""An agent's actions beside people's: which belong together, and how far apart they are."""
