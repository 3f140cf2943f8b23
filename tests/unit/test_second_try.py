"""What waited for daemons of others in vain gets a second try, nothing else does, and it is not forgotten."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests import second_try, unsteady
from tests.unsteady import Run

ROOT = Path(__file__).parents[2]
WAITS = "tests/integration/docker/test_it.py"
UNSTEADY = """
import pathlib
def test_steady(): pass
def test_unsteady():
    mark = pathlib.Path(__file__).with_name("second")
    if not mark.exists():
        mark.touch()
        raise OSError("the first time")
"""
BROKEN = f"{UNSTEADY}\ndef test_broken(): raise OSError('each time')\n"
CRASHES = UNSTEADY.replace('raise OSError("the first time")', "import os; os.kill(os.getpid(), 11)")
LATE = """
import os, pytest
@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    if hasattr(session.config, "workerinput"):
        os.kill(os.getpid(), 11)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with the plugin, and a user with an empty cache."""
    (tmp_path / "tests").mkdir()
    for name in ("second_try.py", "unsteady.py", "unsteady.toml"):
        (tmp_path / "tests" / name).write_text((ROOT / "tests" / name).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = tests", encoding="utf-8")
    return tmp_path


def _run(folder: Path, text: str, *words: str, place: str = WAITS) -> "subprocess.CompletedProcess[str]":
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    (folder / place).write_text(text, encoding="utf-8")
    (folder / place).with_name("second").unlink(missing_ok=True)
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "XDG_CACHE_HOME": str(folder / "cache")}
    command = [sys.executable, "-m", "pytest", "-p", "tests.second_try", "-p", "no:cacheprovider", *words]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def _kept(folder: Path) -> list[Run]:
    path = folder / "cache/virtwright-tests/runs.toml"
    return unsteady.parse(path.read_text(encoding="utf-8")) if path.exists() else []


def test_what_passes_alone_is_told_and_no_failure_the_first_time(folder: Path) -> None:
    done = _run(folder, UNSTEADY)
    assert done.returncode == 0, done.stdout
    assert "OSError: the first time" in done.stdout and f"UNSTEADY {WAITS}::test_unsteady" in done.stdout
    assert "1 passed, 1 unsteady" in done.stdout.splitlines()[-1]
    (run,) = _kept(folder)
    assert run.unsteady == {f"{WAITS}::test_unsteady": "OSError: the first time"}
    assert str(run) in done.stdout, "it can be copied to the list"

    steady = _run(folder, "def test_unsteady(): pass")
    assert steady.returncode == 0 and "test_unsteady: OSError: the first time" in steady.stdout, steady.stdout
    again = _run(folder, UNSTEADY)
    assert again.returncode == 1, again.stdout
    assert f"UNSTEADY AGAIN, so it fails: {WAITS}::test_unsteady" in again.stdout
    assert "1 failed, 1 passed" in again.stdout.splitlines()[-1]


def test_the_list_counts_where_the_cache_is_new(folder: Path) -> None:
    listed = Run(datetime(2026, 12, 1, tzinfo=UTC), "abc", {f"{WAITS}::test_unsteady": "a slow pull"})
    (folder / "tests/unsteady.toml").write_text(str(listed), encoding="utf-8")
    done = _run(folder, UNSTEADY)
    assert done.returncode == 1 and "UNSTEADY AGAIN" in done.stdout, done.stdout


def test_a_part_that_went_well_is_no_run(folder: Path) -> None:
    for words in ((WAITS,), ("-k", "steady")):
        assert _run(folder, "def test_steady(): pass", *words).returncode == 0
    assert _kept(folder) == []
    assert _run(folder, "def test_steady(): pass").returncode == 0
    assert [run.unsteady for run in _kept(folder)] == [{}]


@pytest.mark.parametrize(
    ("tests", "may"),
    [
        ([WAITS], True),
        ([WAITS] * second_try.MOST, True),
        ([WAITS] * (second_try.MOST + 1), False),
        ([WAITS, "tests/unit/test_it.py"], False),
        (["tests/contract/test_it.py"], False),
        (["tests/property/test_it.py"], False),
        (["tests/integration/docker/test_kills.py"], False),
        ([], False),
    ],
)
def test_who_may_try_again(tests: list[str], may: bool) -> None:
    assert second_try.may_try_again([f"{test}::test_it" for test in tests]) is may


@pytest.mark.parametrize(
    ("place", "text", "failed"),
    [
        (WAITS, BROKEN, 2),
        ("tests/unit/test_it.py", UNSTEADY, 1),
    ],
    ids=["fails again", "pure"],
)
def test_what_fails_for_good_is_a_failure(folder: Path, place: str, text: str, failed: int) -> None:
    done = _run(folder, text, place=place)
    assert done.returncode == 1, done.stdout
    assert "UNSTEADY" not in done.stdout and f"{failed} failed" in done.stdout.splitlines()[-1]
    assert ("once more" in done.stdout) == (text is BROKEN)


@pytest.mark.parametrize(
    ("text", "more"), [(CRASHES, ""), ("def test_it(): pass", LATE)], ids=["in a test", "after it"]
)
def test_a_process_of_tests_that_crashed_is_a_failure(folder: Path, text: str, more: str) -> None:
    (folder / "tests/conftest.py").write_text(more, encoding="utf-8")
    done = _run(folder, text, "-p", "xdist", "-n", "1", "--max-worker-restart", "1")
    assert done.returncode == 1, done.stdout
    assert "processes of tests that crashed: " in done.stdout and "UNSTEADY" not in done.stdout


def test_no_test_that_dies_on_purpose_has_a_second_try() -> None:
    uses = re.compile(r"tests\.(dying|kills|crashes|contract\.killing)\b")
    files = {str(path.relative_to(ROOT)): path.read_text() for path in (ROOT / "tests").rglob("test_*.py")}
    assert [name for name, text in files.items() if second_try.has_second_try(name) and uses.search(text)] == []
    assert [place for place in second_try.WAITING if not any(name.startswith(place) for name in files)] == []
    assert not any(
        second_try.has_second_try(f"tests/{name}/test_a.py::test_b") for name in ("unit", "property", "contract")
    )


def _runs(*tests: str) -> list[Run]:
    """One run for each: what was unsteady in it, if anything."""
    return [
        Run(datetime(2026, 12, 1, number, tzinfo=UTC), "abc", {test: "slow"} if test else {})
        for number, test in enumerate(tests)
    ]


@pytest.mark.parametrize(
    ("tests", "found"),
    [
        (("a", "b"), {}),
        (("a", "b", "a"), {"a": 2}),
        (("a", *[""] * 8, "a"), {"a": 2}),
        (("a", *[""] * 9, "a"), {}),
    ],
)
def test_twice_in_ten_runs(tests: tuple[str, ...], found: dict[str, int]) -> None:
    assert unsteady.twice(unsteady.last(_runs(*tests))) == found


def test_a_run_that_both_files_tell_of_counts_once() -> None:
    (run,) = _runs("a")
    listed = Run(run.when, run.commit, {"a": "mended"})
    (known,) = unsteady.last([listed, run])
    assert known.unsteady == {"a": "mended"}
    assert unsteady.parse(str(run)) == [run]


def test_the_list_is_in_order() -> None:
    """Each test that is on it exists, stands there once (else it is to be mended, not listed), and has a reason."""
    runs = unsteady.parse(unsteady.LIST.read_text(encoding="utf-8"))
    assert unsteady.twice(runs) == {}
    for test, why in ((test, why) for run in runs for test, why in run.unsteady.items()):
        file, _, rest = test.partition("::")
        name = rest.rpartition("::")[2].partition("[")[0]
        assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), test
        assert why.strip() and second_try.has_second_try(test)
