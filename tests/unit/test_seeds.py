"""A run tells its seeds, and has the same inputs with the same seeds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.seeds import HASHES, INPUTS

ROOT = Path(__file__).parents[2]
TEST = """
from hypothesis import given, settings, strategies
@settings(database=None, max_examples=3)
@given(strategies.integers(min_value=1 << 40))
def test_it(number): print("drawn", number, hash("a word"))
"""


def _run(folder: Path, *options: str, **seeds: str) -> list[str]:
    """What was drawn, and the last line that tells seeds."""
    (folder / "test_it.py").write_text(TEST, encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if key not in (HASHES, INPUTS)}
    command = [sys.executable, "-m", "pytest", "-p", "tests.seeds", "-p", "no:cacheprovider", "-rP", "--rootdir=."]
    done = subprocess.run(
        [*command, *options, folder / "test_it.py"],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT), **seeds},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    return [line for line in lines if line.startswith("drawn")] + [line for line in lines if line.startswith(HASHES)][
        -1:
    ]


@pytest.mark.parametrize("options", [(), ("-n1",)], ids=["one process", "workers"])
def test_the_same_seeds_give_the_same_run(options: tuple[str, ...], tmp_path: Path) -> None:
    *drawn, told = _run(tmp_path, *options, PYTHONHASHSEED="1", HYPOTHESIS_SEED="7")
    assert told == "PYTHONHASHSEED=1 HYPOTHESIS_SEED=7"
    assert len(drawn) == 3
    assert _run(tmp_path, *options, PYTHONHASHSEED="1", HYPOTHESIS_SEED="7") == [*drawn, told]


def test_a_run_without_seeds_can_be_had_again(tmp_path: Path) -> None:
    *drawn, told = _run(tmp_path, PYTHONHASHSEED="1")
    seeds = dict(word.split("=") for word in told.split())
    assert _run(tmp_path, **seeds) == [*drawn, told]
    assert _run(tmp_path, PYTHONHASHSEED="1")[-1] != told
