"""One job of each cadence and of each way to catch up."""

from datetime import UTC, time
from zoneinfo import ZoneInfo

import engine_examples as x

from lanes.core.periods import Daily, Every, Weekly
from lanes.jobs import Job

BERLIN = ZoneInfo("Europe/Berlin")
REPORT = Job("report", Weekly(1, time(8)), BERLIN, catch_up="every", lane=x.LANE)
NIGHTLY = Job("nightly", Daily(time(3)), BERLIN)
WATCH = Job("watch", Every(15), UTC)
DIGEST = Job("digest", Daily(time(9)), UTC, catch_up="none")
JOBS = (REPORT, NIGHTLY, WATCH, DIGEST)
WEEKS = 10  # that two processes fire side by side
