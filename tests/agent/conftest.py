"""A Messages API that plays what a test wrote, and the whole house around it: one scene for each test."""

import shutil
import sys
from pathlib import Path

import pytest
import structlog

sys.path.append(str(Path(__file__).parents[1] / "journeys"))  # where the house stands

from house import MANIFEST, House
from scene import Scene

from bot.demo.running import SYSTEMS
from bot.settings import Settings
from bot.workspace import seed as workspace_seed
from bot.workspace import server as workspace
from storage.database import connect, migrate
from tests.models.messages_server import serve
from tools.sandboxes import seed as sandbox_seed
from tools.sandboxes import server as sandboxes

CATALOG = Settings.model_fields["catalog"].default


@pytest.fixture(scope="session")
def slack():
    with workspace.serve(manifest=MANIFEST) as handle:
        yield handle


@pytest.fixture(scope="session")
def twins():
    """Where each sandbox is; the credentials that open it stand in the environment."""
    made = {name: sandboxes.create(name) for name in SYSTEMS}
    with sandboxes.serve(made) as serving, pytest.MonkeyPatch.context() as here:
        for name, value in sandbox_seed.ENVIRONMENT.items():
            here.setenv(name, value)
        yield serving.urls


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory):
    file = tmp_path_factory.mktemp("ledger") / "lanekeeper.sqlite"
    database = connect(f"sqlite:///{file}")
    migrate(database)
    database.dispose()
    return file


@pytest.fixture(scope="session")
def leaving():
    """Lanekeepers on their way out; all of them are gone at the end."""
    threads = []
    yield threads
    for thread in threads:
        thread.join()


@pytest.fixture
def plain_log():
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer(default=repr)]
    )
    yield
    structlog.reset_defaults()


@pytest.fixture
def settings_for(slack, twins, empty_ledger, tmp_path):
    """Settings of a Lanekeeper that asks this Messages API; `page` changes words of the refunds page."""

    def made(url, page=(), **more):
        ledger, catalog = tmp_path / "lanekeeper.sqlite", tmp_path / "catalog"
        shutil.copy(empty_ledger, ledger)
        shutil.copytree(CATALOG, catalog)
        (tmp_path / "suites").symlink_to(CATALOG.parent / "suites")
        refunds = catalog / "support-refunds.yml"
        for before, after in page:
            text = refunds.read_text()
            assert before in text
            refunds.write_text(text.replace(before, after))
        return Settings(
            _env_file=None, database_url=f"sqlite:///{ledger}", catalog=catalog,
            **{"model": "anthropic", "ANTHROPIC_API_KEY": "sk-test", "ANTHROPIC_BASE_URL": url} | more,
            SLACK_BOT_TOKEN=workspace_seed.BOT_TOKEN, SLACK_APP_TOKEN=workspace_seed.APP_TOKEN,
            SLACK_API_URL=slack.api_url,
            **{f"{name}_{kind}": url for name, url in twins.items() for kind in ("url", "web_url")},
        )  # fmt: skip

    return made


@pytest.fixture
def play(slack, twins, settings_for, plain_log, leaving):
    """Opens the scene in which the model says these turns; what must hold in every scene is looked at in the end."""
    scenes = []

    def opened(*turns, page=(), **more):
        api = serve(turns)
        house = House(slack, twins, settings_for(api.url, page, **more))
        house.tell_twins("reset")
        house.tell("reset")
        scene = Scene(house.start(), api, turns)
        scenes.append(scene)
        return scene

    yield opened
    try:
        for scene in scenes:
            scene.holds_together()
    finally:
        for scene in scenes:
            leaving.append(scene.house.leave())
            scene.api.stop()
