"""A process that makes the history and says how far it is: `python -m bot.demo.making FILE NOW`."""

import logging
import sys
from datetime import datetime
from pathlib import Path

import structlog

from bot.demo.history import make
from bot.demo.told import WEEKS
from bot.settings import read_settings


def main(file: str, now: str) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))

    def told(weeks: int) -> None:
        if weeks % (WEEKS // 2) == 0:
            print(f"{weeks} weeks", flush=True)

    make(Path(file), datetime.fromisoformat(now), read_settings().zone, told=told)


if __name__ == "__main__":
    main(*sys.argv[1:])
