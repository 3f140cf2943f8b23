"""The table of each part's processor time, and the meter behind it."""

import os
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from tests.part_times import BUDGETS, Cost, endings, part_of, table
from tests.processor_time import Meter, Process, busy

ROOT = Path(__file__).parents[2]
BUSY = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ninput()"
SPLIT = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {BUSY!r}]).wait()"


@pytest.mark.parametrize(
    ("test", "part"),
    [
        ("tests/unit/engine/test_a.py::test_b[c/d]", "tests/unit"),
        ("tests/integration/docker/test_a.py::test_b", "tests/integration/docker"),
        ("tests/e2e/cli/test_a.py::test_b", "tests/e2e"),
    ],
)
def test_a_part_is_a_folder(test: str, part: str) -> None:
    assert part_of(test) == part


def test_what_is_over_its_budget_says_so() -> None:
    costs = [
        Cost("a", "tests/e2e", 4.0, 9.0),
        Cost("b", "tests/e2e", 2.5, 1.0, tests=0),
        Cost("c", "tests/new", 1.0, 1.0),
    ]
    assert [line.split() for line in table(costs, {"tests/e2e": 6, "tests/unit": 3})] == [
        ["part", "tests", "wall", "processor", "budget"],
        ["tests/e2e", "1", "9", "6", "6", "OVER"],
        ["tests/new", "1", "1", "1", "none"],
        ["tests/unit", "0", "0", "0", "3"],
        ["all", "2", "10", "8", "9"],
    ]


def test_who_was_idle_at_the_end() -> None:
    costs = [
        Cost("short", "tests/e2e", 0.1, 1.0, 1, 10.0, "gw0"),
        Cost("long", "tests/e2e", 0.1, 30.0, 1, 40.0, "gw1"),
        Cost("shorter", "tests/e2e", 0.1, 0.5, 1, 10.5, "gw0"),
        Cost("a fixture", "tests/e2e", 0.1, 0.5, 0, 41.0, "gw0"),
    ]
    assert endings(costs) == ["    29.5     0.5  shorter", "     0.0    30.0  long"]
    assert endings([]) == []


def test_the_machine_is_busy_while_a_process_works() -> None:
    before, own = busy(), time.process_time()
    while time.process_time() < own + 0.2:
        pass
    assert busy() - before >= 0.1


def test_a_program_may_be_called_anything() -> None:
    rest = "S 7 0 0 0 0 0 0 0 0 0 100 50 30 20 0 0 0 0 4321"
    assert Process.parse(f"12 (a) R 1 (b) {rest} 5 6\n") == Process(7, 4321, 200 / os.sysconf("SC_CLK_TCK"))


@pytest.mark.parametrize("program", [BUSY, SPLIT], ids=["child", "grandchild"])
def test_processes_count_while_they_run_and_when_they_have_ended(program: str) -> None:
    meter = Meter()
    before = meter.seconds()
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout and process.stdout.readline()
        running = meter.seconds() - before
        process.communicate("\n")
    assert running >= 0.25
    assert meter.seconds() - before >= running


def test_each_part_has_a_budget() -> None:
    parts = {part_of(str(path.relative_to(ROOT))) for path in (ROOT / "tests").rglob("test_*.py")}
    assert parts - tomllib.loads(BUDGETS.read_text(encoding="utf-8")).keys() == set()


def test_a_run_ends_with_the_table(tmp_path: Path) -> None:
    (tmp_path / "tests/unit").mkdir(parents=True)
    for name in ("part_times.py", "processor_time.py", "budgets.toml"):
        (tmp_path / "tests" / name).write_text((ROOT / "tests" / name).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "tests/unit/test_it.py").write_text(
        f"import subprocess, sys\ndef test_it(): subprocess.run([sys.executable, '-c', {BUSY!r}], input='\\n', text=True)\n"
    )
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    words = ["-p", "xdist", "-n", "1", "-p", "tests.part_times", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    dear, last = (line.split() for line in done.stdout.splitlines() if line.endswith("::test_it"))
    assert min(map(float, dear[:2])) >= 0.25, done.stdout
    assert last[:2] == ["0.0", f"{float(dear[1]):.1f}"]
    assert "the machine's processors worked" in done.stdout
    assert "tests/unit" in done.stdout and "processor time of each part" in done.stdout
