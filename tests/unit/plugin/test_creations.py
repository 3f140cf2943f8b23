"""Notes of what is being made: theirs who are at work are left alone, theirs who died are proof."""

import subprocess
import sys
from pathlib import Path

import pytest

from virtwright.errors import HostError
from virtwright.plugin.creations import Creations, CutOff
from virtwright.plugin.place import Place

BACK = Place.of("urn:pulumi:prod::shop::virtwright:index:Network::back")
FIRST, SECOND = "p1", "p2"
AT_WORK = """
import sys
from pathlib import Path
from virtwright.plugin.creations import Creations
from virtwright.plugin.place import Place
with Creations(Path(sys.argv[1]), "fake://one").begun(Place.of(sys.argv[2]), "p1"):
    print("begun", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def creations(tmp_path: Path) -> Creations:
    return Creations(tmp_path, "fake://one")


def left(creations: Creations, *operations: str) -> None:
    for operation in operations:
        with creations.begun(BACK, operation):
            assert operation not in [each.operation for each in creations.cut_off(BACK.stack)]


def test_what_was_not_ended_is_cut_off(creations: Creations, tmp_path: Path) -> None:
    left(creations, FIRST, SECOND)
    assert creations.cut_off("shop/prod") == [CutOff(SECOND, str(BACK.urn)), CutOff(FIRST, str(BACK.urn))]
    assert creations.cut_off("shop/dev") == Creations(tmp_path, "fake://two").cut_off("shop/prod") == []
    creations.end(SECOND)
    assert Creations(tmp_path, "fake://one").cut_off("shop/prod") == [CutOff(FIRST, str(BACK.urn))]
    creations.end(FIRST)
    creations.end(FIRST)
    assert creations.cut_off("shop/prod") == []


def test_another_process_at_work_is_not_cut_off_until_it_dies(creations: Creations, tmp_path: Path) -> None:
    command = [sys.executable, "-c", AT_WORK, str(tmp_path), str(BACK.urn)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "begun\n"
        assert creations.cut_off("shop/prod") == []
        process.kill()
    assert creations.cut_off("shop/prod") == [CutOff(FIRST, str(BACK.urn))]


def test_one_thread_at_a_time_settles_what_was_cut_off(creations: Creations) -> None:
    left(creations, FIRST)
    with creations.claimed(FIRST) as mine, creations.claimed(FIRST) as other:
        assert mine and not other and creations.cut_off("shop/prod") == []
    assert [each.operation for each in creations.cut_off("shop/prod")] == [FIRST]


def test_without_a_folder_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / "plugin").write_text("a file")
    creations = Creations(tmp_path, "fake://one")
    with pytest.raises(HostError, match="can't note in") as caught, creations.begun(BACK, FIRST):
        pass
    assert "export VIRTWRIGHT_HOME=" in (caught.value.hint or "")
