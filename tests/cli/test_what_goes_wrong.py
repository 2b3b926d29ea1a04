"""What a newcomer meets when something is missing, wrong or full: one sentence, a non-zero end, nothing lost."""

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.demo.running import SYSTEMS
from bot.words.credentials import WHERE
from bot.workspace import seed as people
from bot.workspace.server import serve as serve_workspace
from storage.database import connect, migrate
from tools.sandboxes import seed as sandboxes
from tools.sandboxes.server import create
from tools.sandboxes.server import serve as serve_sandboxes

ROOT = Path(__file__).parents[2]
CATALOG = ROOT / "lanes" / "catalog"
NOWHERE = "http://127.0.0.1:9"  # the discard port: nothing listens there


@pytest.fixture
def run(tmp_path):
    """Run the command line in an empty folder with just this environment; its status and what it said."""

    def command(*words, full_after=None, **environment):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (full_after, full_after))

        known = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), **environment}
        done = subprocess.run(
            [sys.executable, "-m", "bot.cli", *words], cwd=tmp_path, env=known, capture_output=True, text=True,
            timeout=60, check=False, preexec_fn=limit if full_after else None,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    return command


@pytest.fixture
def catalog(tmp_path):
    """A copy of the catalog to spoil."""
    copy = tmp_path / "catalog"
    shutil.copytree(CATALOG, copy)
    (tmp_path / "suites").symlink_to(CATALOG.parent / "suites")
    return copy


@pytest.fixture
def slack():
    with serve_workspace() as workspace:
        yield workspace


def whole(slack_api, **more):
    """An environment in which everything is there."""
    return {
        **sandboxes.ENVIRONMENT, "LANEKEEPER_MODEL": "offline", "SLACK_API_URL": slack_api,
        "SLACK_BOT_TOKEN": people.BOT_TOKEN, "SLACK_APP_TOKEN": people.APP_TOKEN,
        **{f"LANEKEEPER_{name.upper()}_{kind}": NOWHERE for name in SYSTEMS for kind in ("URL", "WEB_URL")},
        **more,
    }  # fmt: skip


def one_sentence(said, *words):
    lines = said.strip().splitlines()
    assert len(lines) == 1, said
    assert lines[0].startswith("lanekeeper: ")
    for word in words:
        assert word in lines[0]


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("SLACK_BOT_TOKEN", ["SLACK_BOT_TOKEN", "Bot User OAuth Token"]),
        ("SLACK_APP_TOKEN", ["SLACK_APP_TOKEN", "App-Level Tokens"]),
        ("LANEKEEPER_REFUNDS_STRIPE_KEY", ["LANEKEEPER_REFUNDS_STRIPE_KEY", "svc-support-refunds", "→ API keys"]),
        ("LANEKEEPER_ZENDESK_URL", ["LANEKEEPER_ZENDESK_URL", "zendesk"]),
        ("LANEKEEPER_HUBSPOT_WEB_URL", ["LANEKEEPER_HUBSPOT_WEB_URL", "hubspot"]),
    ],
)
def test_a_missing_setting_is_named_with_where_to_get_it(run, missing, words):
    environment = whole(f"{NOWHERE}/api/")
    del environment[missing]

    status, said = run("run", **environment)

    assert status == 1
    one_sentence(said, *words)


def test_of_every_system_it_is_known_where_it_hands_out_credentials():
    assert set(WHERE) == set(SYSTEMS)


def test_a_file_beside_the_start_is_as_good_as_the_environment(run, tmp_path):
    """The README's way: credentials of identities included."""
    lines = [f"{name}={value}" for name, value in whole(f"{NOWHERE}/api/").items()]
    (tmp_path / ".env").write_text("\n".join(lines))

    status, said = run("run")

    assert status == 1
    one_sentence(said, "Slack cannot be reached")  # everything that is read before that was found


def test_a_model_without_a_key_says_what_to_do(run):
    status, said = run("run", **{**whole(f"{NOWHERE}/api/"), "LANEKEEPER_MODEL": "anthropic"})

    assert status == 1
    one_sentence(said, "ANTHROPIC_API_KEY", "console.anthropic.com", "offline")


def test_a_key_that_the_model_does_not_know_or_nobody_could_is_one_sentence(run, slack):
    def answer(_):
        return JSONResponse({"type": "error", "error": {"type": "authentication_error", "message": "no"}}, 401)

    with serve_sandboxes({"api": Starlette(routes=[Route("/v1/models", answer)])}) as serving:
        asked = whole(slack.api_url, LANEKEEPER_MODEL="anthropic", ANTHROPIC_BASE_URL=serving.urls["api"])
        for key in ("sk-ant-unknown", "sk-ant- cut"):
            status, said = run("run", **asked, ANTHROPIC_API_KEY=key)
            assert status == 1
            one_sentence(said, "ANTHROPIC_API_KEY", "a key")


def test_slack_out_of_reach_and_a_token_it_does_not_know(run, slack):
    status, said = run("run", **whole(f"{NOWHERE}/api/"))
    assert status == 1
    one_sentence(said, "Slack cannot be reached")

    status, said = run("run", **whole(slack.api_url, SLACK_BOT_TOKEN="xoxb-unknown"))
    assert status == 1
    one_sentence(said, "SLACK_BOT_TOKEN", "invalid_auth")

    status, said = run("run", **whole(slack.api_url, SLACK_APP_TOKEN="xapp-unknown"))
    assert status == 1
    one_sentence(said, "SLACK_APP_TOKEN", "invalid_auth", "App-Level Tokens")


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("quorum: 2", "quorm: 2", ["support-refunds.yml:14", "quorm", "field nobody reads"]),
        ('{amount: "<= 25.00 USD"}', '{amont: "<= 25.00 USD"}', ["support-refunds.yml:12", "amont", "charge, amount"]),
        ("<= 25.00 USD", "<= twenty USD", ["support-refunds.yml:12", "twenty"]),
        ("owner: {person", "_: {person", ["support-refunds.yml", "owner", "does not load without it"]),
        ("stripe.find_charges, ", "stripe.find_money, ", ["support-refunds.yml:9", "stripe.find_money", "not a tool"]),
        ("refund.status", "refund.state", ["support-refunds.yml:10", "refund.state", "refund.status"]),
        ("identity: svc-support-refunds", "identity: svc-other", ["support-refunds.yml:8", "svc-other"]),
        ("lane: support-refunds", "lane: [", ["support-refunds.yml", "not YAML"]),
        ("command: refunds", "command: crm", ["support-refunds.yml:2: command", "must be its own", "crm-hygiene"]),
    ],
)  # fmt: skip
def test_a_faulty_page_names_file_line_and_what_is_expected(run, catalog, right, wrong, words):
    page = catalog / "support-refunds.yml"
    text = page.read_text()
    assert right in text
    page.write_text(text.replace(right, wrong, 1))

    status, said = run("check", LANEKEEPER_CATALOG=str(catalog))

    assert status == 1
    one_sentence(said, *words)


def test_the_author_of_a_page_is_told_what_on_it_can_never_be(run, catalog):
    status, said = run("check", LANEKEEPER_CATALOG=str(catalog))
    assert (status, "but policy" in said) == (0, False), "nothing of the kind stands on the pages that ship"

    for name, before, after in (
        ("support-refunds", "money_usd_per_day: 2000", "money_usd_per_day: 1500"),
        ("renewals", "usd: 0.20,", "usd: 0.20, money_usd_per_day: 500,"),  # its notes name prices, and move nothing
    ):
        page = catalog / f"{name}.yml"
        text = page.read_text()
        assert before in text
        page.write_text(text.replace(before, after))
    status, said = run("check", LANEKEEPER_CATALOG=str(catalog))

    assert status == 0
    assert [line for line in said.splitlines() if "but policy" in line] == [
        "support-refunds: but policy allows stripe.create_refund when amount <= 2000.00 USD, and "
        "budget.money_usd_per_day leaves it $1,500.00: what lies between is blocked, whoever approves it; raise the "
        "cap, or lower the line"
    ]


def test_an_identity_without_the_scope_stops_the_start(run, catalog):
    page = catalog / "identities.yml"
    page.write_text(page.read_text().replace(", stripe:refunds.write", ""))

    status, said = run("check", LANEKEEPER_CATALOG=str(catalog))

    assert status == 1
    one_sentence(said, "support-refunds.yml:9", "stripe.create_refund needs stripe:refunds.write")


def test_what_nothing_is_on_record_about_says_so(run, tmp_path):
    migrate(connect(f"sqlite:///{tmp_path}/lanekeeper.sqlite"))
    assert run("audit", "find", "ZD-1") == (
        0, "Nothing is on record about ZD-1. A ticket, a customer's id or e-mail, a run or a person can be asked for.\n"
    )  # fmt: skip


def test_asking_about_a_history_that_is_not_there_makes_no_file(run, tmp_path):
    status, said = run("audit", "verify")

    assert status == 1
    one_sentence(said, "holds no Lanekeeper history")
    assert not list(tmp_path.glob("*.sqlite"))


def test_asking_about_jobs_where_nothing_ever_ran_makes_no_file(run, tmp_path):
    status, said = run("jobs")

    assert status == 1
    one_sentence(said, "holds no Lanekeeper history")
    assert not list(tmp_path.glob("*.sqlite"))


@pytest.fixture
def ledger(tmp_path):
    """A ledger with nothing in it, where the command line looks for one."""
    database = connect(f"sqlite:///{tmp_path / 'lanekeeper.sqlite'}")
    migrate(database)
    database.dispose()


@pytest.mark.usefixtures("ledger")
def test_jobs_are_shown_with_when_they_come_next_and_a_period_is_fired_once(run):
    zone = {"LANEKEEPER_TIME_ZONE": "Asia/Kolkata"}
    status, said = run("jobs", **zone)
    assert status == 0
    head, *lines = said.splitlines()
    assert head.split() == ["JOB", "COMES", "NEXT", "LAST", "BEGUN", "TOOK", "OUTCOME"]
    listed = [line.split()[0] for line in lines]
    assert len(set(listed)) == len(listed)
    assert {"digests", "harvest", "measure", "weekly_report:support-refunds", "promotion_review"} <= set(listed)
    assert all(line.endswith("not fired yet") and " IST " in line for line in lines), said

    status, said = run("jobs", "run", "verify_ledger", "--period", "2026-01-31", **zone)
    assert status == 0
    assert said.startswith("verify_ledger for 2026-01-31 is fired: a running Lanekeeper performs it at once")
    status, said = run("jobs", "run", "verify_ledger", "--period", "2026-01-31", **zone)
    assert status == 0
    assert "was fired already" in said
    assert "waits to be performed. Nothing was fired." in said
    told = {one["job"]: one for one in json.loads(run("jobs", "--json", **zone)[1])["jobs"]}
    assert told["verify_ledger"]["last"]["period"] == "2026-01-31"
    assert told["verify_ledger"]["last"]["due"] == "2026-01-30T22:00:00+00:00"
    assert told["verify_ledger"]["time_zone"] == "Asia/Kolkata"
    assert told["sweep_firings"]["last"] is None


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize(
    ("words", "zone", "said"),
    [
        (("run", "lunch"), "UTC", ["there is no job lunch", "verify_ledger"]),
        (("run", "verify_ledger", "--period", "2026-W47"), "UTC", ["no such period", "2026-11-22"]),
        (("run", "verify_ledger", "--period", "2999-01-01"), "UTC", ["2999-01-01 has not begun"]),
        ((), "Europe/Belrin", ["LANEKEEPER_TIME_ZONE", "'Europe/Belrin'", "Europe/Berlin"]),
    ],
)
def test_what_cannot_be_fired_is_one_sentence(run, words, zone, said):
    status, heard = run("jobs", *words, LANEKEEPER_TIME_ZONE=zone)

    assert status == 1
    one_sentence(heard, *said)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", ["not a database URL"]),
        ("sqlite:////no/such/folder/x.sqlite", ["holds no Lanekeeper history"]),
        ("oracle://somewhere/x", ["no driver"]),
    ],
)
def test_a_wrong_database_url_is_one_sentence(run, url, words):
    status, said = run("audit", "verify", LANEKEEPER_DATABASE_URL=url)

    assert status == 1
    one_sentence(said, *words)


def test_a_full_disk_at_the_start_is_one_sentence(run, slack):
    no_bytecode = {"PYTHONDONTWRITEBYTECODE": "1"}  # Python would cut its own caches short at this limit
    status, said = run("run", full_after=8192, **whole(slack.api_url), **no_bytecode)

    assert status == 1
    one_sentence(said, "disk")


@pytest.mark.parametrize("words", [(), ("--no-history",)])
def test_a_demo_on_a_full_disk_is_one_sentence(run, words):
    status, said = run("demo", "--port", "0", *words, full_after=8192, PYTHONDONTWRITEBYTECODE="1")

    assert status == 1
    assert said.splitlines()[-1].startswith("lanekeeper: .demo cannot be written: File too large;"), said
    assert "Traceback" not in said


def test_a_second_process_beside_the_same_file_is_refused(run, slack, tmp_path):
    environment = whole(slack.api_url)
    known = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), **environment}
    first = subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "run"], cwd=tmp_path, env=known, stdout=subprocess.PIPE, text=True
    )
    try:
        assert "connected" in first.stdout.readline()
        status, said = run("run", **environment)
    finally:
        first.terminate()
        first.wait(timeout=60)
        first.stdout.close()

    assert status == 1
    one_sentence(said, "another Lanekeeper is running")
    assert first.returncode == 0


def test_the_doctor_goes_on_after_what_is_wrong_and_ends_so(run, slack):
    environment = whole(slack.api_url)
    del environment["LANEKEEPER_TRIAGE_ZENDESK_TOKEN"]

    status, said = run("doctor", **environment)

    assert status == 1
    wrong = [line for line in said.splitlines() if line.startswith("✗")]
    assert any("LANEKEEPER_SALESFORCE_URL" in line for line in wrong), said
    assert any("LANEKEEPER_TRIAGE_ZENDESK_TOKEN is not set" in line for line in wrong), said
    assert said.splitlines()[-1].startswith("✓ the model")


def test_the_doctor_is_content_when_all_is_well(run, slack):
    with serve_sandboxes({name: create(name) for name in ("zendesk", "stripe", "salesforce")}) as serving:
        urls = {f"LANEKEEPER_{name.upper()}_URL": url for name, url in serving.urls.items()}
        status, said = run("doctor", "refunds", **whole(slack.api_url, **urls))

    assert status == 0
    assert {line[0] for line in said.strip().splitlines()} == {"✓"}, said


def test_a_demo_that_is_reset_deletes_no_folder_but_its_own(run, tmp_path):
    """A ledger of ours, too: of a demo there are the systems beside it."""
    theirs = tmp_path / "lanekeeper"
    theirs.mkdir()
    (theirs / "lanekeeper.sqlite").write_text("a ledger")
    status, said = run("demo", "--reset", "--data", str(theirs))
    assert status == 1
    one_sentence(said, "holds no data of a demo", "nothing was deleted")
    assert (theirs / "lanekeeper.sqlite").exists()
    (theirs / "zendesk.json").write_text("{}")
    assert run("demo", "--reset", "--data", str(theirs))[0] == 0
    assert not theirs.exists()
