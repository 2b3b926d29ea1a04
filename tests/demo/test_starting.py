"""The demo's first seconds: it stops when it is told to, and two of them never work on one folder."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from bot.demo.running import DATABASE, LOCK

ROOT = Path(__file__).parents[2]


@pytest.fixture
def demo(tmp_path):
    """Start `lanekeeper demo` on a folder of its own."""
    started = []

    def start(*words):
        command = [sys.executable, "-u", "-m", "bot.cli", "demo", "--port", "0", "--data", str(tmp_path / "data")]
        command += words
        started.append(subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT))
        return started[-1]

    yield start
    for process in started:
        process.terminate()
        process.wait(60)
        process.stdout.close()


@pytest.mark.parametrize(
    ("words", "awaited"), [((), "History: ten weeks"), (("--no-history",), "Lanekeeper: a Bolt app")]
)
def test_ctrl_c_while_it_starts_stops_it_there(demo, tmp_path, words, awaited):
    process = demo(*words)
    for line in process.stdout:
        if line.startswith(awaited):
            process.send_signal(signal.SIGINT)
            break
    rest = process.stdout.read()
    assert process.wait(60) == 0, rest
    assert rest.endswith("Stopped. Your data is kept; `make demo-reset` starts over.\n")
    assert "Up after" not in rest, "it was not asked to finish its start first"
    assert "Traceback" not in rest
    assert words or not (tmp_path / "data" / DATABASE).exists(), "half a history is none"


def test_a_folder_on_which_a_demo_runs_is_neither_used_nor_deleted(demo, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "stripe.json").write_text("{}")
    with FileLock(data / LOCK):
        for words in ((), ("--reset",)):
            process = demo(*words)
            said = process.stdout.read()
            assert process.wait(60) == 1
            assert re.fullmatch(r"lanekeeper: a demo is running on .*; press Ctrl-C where it runs, .*\n", said), said
    assert (data / "stripe.json").read_text() == "{}"
    process = demo("--reset")
    assert process.stdout.read().endswith("is gone; `make demo` starts over.\n")
    assert not data.exists()
