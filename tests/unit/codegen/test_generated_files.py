"""What is committed is what the models say."""

import subprocess
from pathlib import Path

import pytest

from virtwright.codegen.files import write

REPOSITORY = Path(__file__).resolve().parents[3]
HINT = "the models changed: run `python -m virtwright.codegen` in the repository, and commit what it writes"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("generated")
    return {str(path.relative_to(folder)): path.read_text() for path in write(folder)}


def test_generated_files_are_current(fresh: dict[str, str]) -> None:
    stale = [name for name, text in fresh.items() if (REPOSITORY / name).read_text() != text]
    assert not stale, HINT


def test_no_generated_file_is_left_over(fresh: dict[str, str]) -> None:
    folder = REPOSITORY / "src/virtwright/sdk"
    here = {
        str(path.relative_to(REPOSITORY))
        for name in ("inputs", "outputs", "resources")
        for path in (folder / name).glob("*.py")
    }
    assert here <= set(fresh), HINT


@pytest.mark.skipif(not (REPOSITORY / ".git").exists(), reason="no clone")
def test_generated_files_are_marked_and_no_others(fresh: dict[str, str]) -> None:
    files = _git("ls-files").splitlines()
    told = _git("check-attr", "--stdin", "linguist-generated", stdin="\n".join(files)).splitlines()
    marked = {line.split(": ")[0] for line in told if line.endswith(": set")}
    locks = {str(path.relative_to(REPOSITORY)) for path in (REPOSITORY / "locks").glob("*.txt")}
    assert marked == {*fresh, "schemas/stack.schema.json", *locks}


def _git(*words: str, stdin: str = "") -> str:
    command = ["git", "-c", f"safe.directory={REPOSITORY}", "-C", str(REPOSITORY), *words]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=True, timeout=120).stdout


def test_generated_files_can_be_read_in_one_sitting(fresh: dict[str, str]) -> None:
    assert max(text.count("\n") for name, text in fresh.items() if name.endswith(".py")) <= 500
