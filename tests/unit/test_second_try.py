"""What failed in company gets a second try, and is not forgotten."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests import second_try

UNSTEADY = """
import pathlib
def test_steady(): pass
def test_unsteady():
    mark = pathlib.Path(__file__).with_name("second")
    if not mark.exists():
        mark.touch()
        raise OSError("the first time")
"""
BROKEN = (
    UNSTEADY
    + """
def test_broken(): raise OSError("each time")
"""
)
MANY = f"""
import pytest
@pytest.mark.parametrize("number", range({second_try.MOST + 1}))
def test_broken(number): raise OSError("many")
"""


def _run(folder: Path, place: str, text: str) -> "subprocess.CompletedProcess[str]":
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    (folder / place).write_text(text, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]", encoding="utf-8")
    words = [sys.executable, "-c", _START, "-p", "second_try", "-p", "no:cacheprovider"]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


_START = f"""
import os, sys, pytest
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
os.environ["PYTHONPATH"] = {str(Path(second_try.__file__).parent)!r}
sys.path.insert(0, os.environ["PYTHONPATH"])
raise SystemExit(pytest.main(sys.argv[1:]))
"""


def test_what_passes_alone_is_told_and_no_failure(tmp_path: Path) -> None:
    done = _run(tmp_path, "test_it.py", UNSTEADY)
    assert done.returncode == 0, done.stdout
    assert "OSError: the first time" in done.stdout and "UNSTEADY test_it.py::test_unsteady" in done.stdout
    assert "1 passed, 1 unsteady" in done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("place", "text", "failed"),
    [("test_it.py", BROKEN, 2), ("test_it.py", MANY, 9), ("tests/property/test_it.py", UNSTEADY, 1)],
    ids=["fails again", "too many", "pure"],
)
def test_what_fails_for_good_is_a_failure(tmp_path: Path, place: str, text: str, failed: int) -> None:
    done = _run(tmp_path, place, text)
    assert done.returncode == 1, done.stdout
    assert "UNSTEADY" not in done.stdout and f"{failed} failed" in done.stdout.splitlines()[-1]
    assert ("once more" in done.stdout) == (text is BROKEN)
