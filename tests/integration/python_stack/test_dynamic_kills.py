"""virtwright is killed while a program's own code makes something: the code goes on, and the next run hears of what it made."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PROGRAM = """
import os, pathlib, time
import pulumi
from pulumi.dynamic import *

class Things(ResourceProvider):
    def create(self, props):
        with open("calls", "a") as log:
            log.write("create\\n")
        pathlib.Path("begun").write_text(str(os.getpid()))
        while not os.path.exists("go"):
            time.sleep(0.05)
        pathlib.Path("thing").write_text(props["token"])
        return CreateResult("thing", {"size": len(props["token"]), **props})

    def delete(self, id, props):
        pathlib.Path(id).unlink()

class Thing(Resource):
    size: pulumi.Output[int]

thing = Thing(Things(), "thing", {"token": pulumi.Output.secret("t0ken-of-the-thing"), "size": None})
pulumi.export("size", thing.size)
"""
_PATIENCE = 120


class Lab:
    """A folder with the program and a state of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "things.py").write_text(PROGRAM)
        self.environment = {**os.environ, "VIRTWRIGHT_HOME": str(folder / "home")}
        self.runner = 0

    def type(self, *words: str) -> str:
        done = subprocess.run(
            self._command(*words), cwd=self.folder, env=self.environment, capture_output=True, text=True,
            timeout=_PATIENCE, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def killed_in_create(self) -> None:
        """Apply, and kill virtwright, not the code, while the code makes the thing."""
        applying = subprocess.Popen(
            self._command("apply", "things.py", "--yes"), cwd=self.folder, env=self.environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        begun = self.folder / "begun"
        until(lambda: begun.exists() and begun.read_text() != "")
        applying.kill()
        applying.wait()
        self.runner = int(begun.read_text())
        until(lambda: [Path(name).suffix for name in self.left()] == [".busy"])

    @property
    def calls(self) -> int:
        return len((self.folder / "calls").read_text().splitlines())

    def left(self) -> list[str]:
        return [path.name for path in (self.folder / "home").rglob("*") if path.suffix in (".json", ".busy", ".new")]

    @staticmethod
    def _command(*words: str) -> list[str]:
        return [str(Path(sys.executable).with_name("virtwright")), *words]


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path)
    yield lab
    (tmp_path / "go").touch()  # lets the code end


@pytest.mark.slow
def test_what_was_made_after_the_kill_is_taken_over(lab: Lab) -> None:
    lab.killed_in_create()
    planning = subprocess.Popen(
        lab._command("plan", "things.py"), cwd=lab.folder, env=lab.environment, stdout=subprocess.PIPE, text=True
    )
    with pytest.raises(subprocess.TimeoutExpired):
        planning.communicate(timeout=3)  # it waits for the code
    (lab.folder / "go").touch()
    assert planning.communicate(timeout=_PATIENCE)[0] and planning.returncode == 0
    lab.type("apply", "things.py", "--yes")
    assert lab.calls == 1
    assert "No changes" in lab.type("plan", "things.py")
    assert lab.left() == []
    assert "t0ken" not in lab.type("state", "list", "--json")
    lab.type("destroy", "things.py", "--yes")
    assert not (lab.folder / "thing").exists()


@pytest.mark.slow
def test_where_the_code_is_killed_too_it_is_told_and_made_again(lab: Lab) -> None:
    lab.killed_in_create()
    os.kill(lab.runner, signal.SIGKILL)
    (lab.folder / "go").touch()
    said = lab.type("apply", "things.py", "--yes")
    assert "nobody can tell" in said
    assert lab.calls == 2
    assert "No changes" in lab.type("plan", "things.py")
