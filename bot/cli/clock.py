"""What time it is at the command line."""

from pathlib import Path

from bot.demo.told import FILE, Told
from bot.settings import Settings
from bot.workspace.clock import FILE_NAME
from lanes.engine import Clock, utc_now


def clock_of(settings: Settings) -> Clock:
    """The machine's time; beside the demo's ledger the time that its page has turned, as far as Lanekeeper goes there:
    a week that passes is made up first. Where a real Slack is spoken to, there is no other time than the machine's.
    """
    url = settings.database_url
    if not (url.startswith(FILE) and (Path(url.removeprefix(FILE)).parent / FILE_NAME).exists()):
        return utc_now
    from bot.demo.running import beside  # noqa: PLC0415 - imports the sandboxes and the small Slack

    turned = beside(settings)
    if turned is None:
        return utc_now
    plan = Told.beside(url)
    return (lambda: min(turned(), plan.known_until)) if plan else turned
