"""A vendor that answers what it was told to, and a time that passes only when told."""

import asyncio
import threading

from pyrate_limiter import InMemoryBucket, Rate
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


class Vendor:
    """Answers what it was told to, and remembers what it was asked. `slow`: seconds before each answer."""

    def __init__(self):
        self.answers = []
        self.asked = []
        self.slow = 0.0
        self.app = Starlette(routes=[Route("/{path:path}", self._endpoint, methods=["GET", "POST", "PATCH", "PUT"])])

    async def _endpoint(self, request):
        self.asked.append((request.method, str(request.url), dict(request.headers), await request.body()))
        answer = self.answers.pop(0) if self.answers else JSONResponse({"ok": True})
        await asyncio.sleep(self.slow)
        return answer


class Time:
    """Seconds; whoever sleeps moves them on."""

    def __init__(self):
        self.now = 1000.0
        self.slept = []
        self._lock = threading.Lock()

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        with self._lock:
            self.slept.append(seconds)
            self.now += seconds

    def buckets(self, _, pace):
        """The limiter's own bucket, by this time."""

        class Bucket(InMemoryBucket):
            now = staticmethod(lambda: int(self.now * 1000))

        return Bucket([Rate(pace.calls, pace.seconds * 1000)])
