"""A house for each test; the servers around it live for the whole session and are reset in between."""

import shutil

import pytest
import structlog
from house import MANIFEST, House
from morning import early_morning
from shapes import complaints

from bot.demo.running import SYSTEMS
from bot.settings import Settings
from bot.workspace import seed as workspace_seed
from bot.workspace import server as workspace
from storage.database import connect, migrate
from tools.sandboxes import seed as sandbox_seed
from tools.sandboxes import server as sandboxes


@pytest.fixture(scope="session")
def slack():
    """The workspace."""
    with workspace.serve(manifest=MANIFEST) as handle:
        yield handle


@pytest.fixture(scope="session")
def twins():
    """Where each sandbox is; the credentials that open it stand in the environment."""
    with (
        sandboxes.serve({name: sandboxes.create(name) for name in SYSTEMS}) as serving,
        pytest.MonkeyPatch.context() as here,
    ):
        for name, value in sandbox_seed.ENVIRONMENT.items():
            here.setenv(name, value)
        yield serving.urls


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory):
    """A migrated file with nothing in it: copied for each test, because migrating takes a tenth of a second."""
    file = tmp_path_factory.mktemp("ledger") / "lanekeeper.sqlite"
    database = connect(f"sqlite:///{file}")
    migrate(database)
    database.dispose()
    return file


@pytest.fixture
def transport():
    """How Slack reaches Lanekeeper; a test marked with `over_both` walks both ways."""
    return "socket"


@pytest.fixture
def settings(slack, twins, empty_ledger, tmp_path, transport):
    """Settings of a Lanekeeper that reaches nothing but this machine."""
    file = tmp_path / "lanekeeper.sqlite"
    shutil.copy(empty_ledger, file)
    return Settings(
        _env_file=None, database_url=f"sqlite:///{file}", model="offline",
        SLACK_BOT_TOKEN=workspace_seed.BOT_TOKEN, SLACK_APP_TOKEN=workspace_seed.APP_TOKEN,
        SLACK_API_URL=slack.api_url, SLACK_SIGNING_SECRET=workspace_seed.SIGNING_SECRET,
        slack_transport=transport, http_port=0 if transport == "http" else None,
        time_zone=early_morning(),
        slack_rate=50,  # the workspace counts calls only where a test tells it to
        **{f"{name}_{kind}": url for name, url in twins.items() for kind in ("url", "web_url")},
    )  # fmt: skip


@pytest.fixture
def plain_log():
    """One line a warning, as in production: drawing a traceback takes longer than most journeys."""
    line = structlog.processors.JSONRenderer(default=repr)
    structlog.configure(processors=[structlog.processors.add_log_level, line])
    yield
    structlog.reset_defaults()


@pytest.fixture
def town(slack, twins, settings, plain_log):
    """Everything around Lanekeeper as it is on the first day, and Lanekeeper not yet started."""
    house = House(slack, twins, settings)
    house.tell_twins("reset")
    house.tell("reset")
    return house


@pytest.fixture(scope="session")
def leaving():
    """Lanekeepers on their way out; all of them are gone at the end."""
    threads = []
    yield threads
    for thread in threads:
        thread.join()


@pytest.fixture
def house(town, leaving):
    """The running house. At the end all it has said to Slack is held against Slack's published shapes."""
    town.start()
    try:
        yield town
        town.quiet()
        assert complaints(town.ask("calls")["calls"]) == []
    finally:
        leaving.append(town.leave())
