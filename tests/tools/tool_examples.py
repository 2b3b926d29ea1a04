"""One good call of every tool, as the tool itself names it, and who may make it in the sandboxes."""

from datetime import UTC, datetime, timedelta

from tools.contract import ReadTool, WriteTool
from tools.registry import TOOLS
from tools.sandboxes import seed

CREDENTIALS = seed.FULL
READERS = seed.READERS

ADA = {"minor": 3800, "currency": "USD"}
ACME = "006Sb00000001AAAAA"
NEXT_MONTH = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()

READS = {tool.name: dict(tool.example) for tool in TOOLS if isinstance(tool, ReadTool)}
WRITES = {tool.name: dict(tool.example) for tool in TOOLS if isinstance(tool, WriteTool)}
KEY = "5f" * 32
