"""What every event is: something that happened, and when."""

from datetime import datetime

from tools.contract import Frozen


class Happened(Frozen):
    kind: str
    at: datetime  # UTC
