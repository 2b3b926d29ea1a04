"""What can be measured in a few seconds is measured, small: a figure that nobody can get any more is noticed at once.

The other benchmarks take longer at their smallest; `make check` sees to it that what they call is still there.
"""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.mark.parametrize(
    ("name", "small"),
    [
        ("run", "--runs 8 --walks 0"),
        ("home", "--cases 3 --rounds 1"),
        ("casework", "--pairs 50"),
        ("statistics", "--lanes 3"),
    ],
)
def test_a_benchmark_can_still_be_run(name, small):
    asked = [sys.executable, str(BENCHMARKS / f"{name}.py"), *small.split()]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout
