"""`python -m bot.cli`: the same as `lanekeeper`."""

from bot.cli.main import main

main()
