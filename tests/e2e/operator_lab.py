"""An operator at a real command line: the installed program, with a folder, a state and a runtime of the test's own."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests import accounts
from tests.e2e.typing_in_a_fork import typed
from tests.waiting import remaining

from virtwright.providers.namespace import supervisor
from virtwright.providers.namespace.mounts import mounts_below, unmount
from virtwright.providers.namespace.paths import FOLDERS, Root

PROGRAM: Final = str(Path(sys.executable).with_name("virtwright"))
LIMIT: Final = 400
"""Seconds that one command may take."""
_FOREIGN: Final = ("VIRTWRIGHT_", "PULUMI_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "PYTHON", "PYTEST_", "COVERAGE")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command line gave back."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err

    def json(self) -> Any:
        return json.loads(self.out)

    def events(self, name: str) -> list[dict[str, Any]]:
        """The events called ``name`` of a run with ``--json``."""
        lines = [json.loads(line) for line in self.out.splitlines()]
        return [line for line in lines if line["event"] == name]


@dataclass(frozen=True)
class Operator:
    """Somebody who types."""

    folder: Path
    runtime: Root
    environment: dict[str, str]
    _started: "list[subprocess.Popen[str]]" = field(default_factory=list)

    @classmethod
    def at(cls, place: Path) -> "Operator":
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        for name in ("work", "tmp"):
            (place / name).mkdir()
        own = {"VIRTWRIGHT_HOME": place / "home", "TMPDIR": place / "tmp"}
        environment |= {name: str(value) for name, value in own.items()}
        return cls(place / "work", Root(place / "runtime"), environment)

    @property
    def home(self) -> Path:
        return Path(self.environment["VIRTWRIGHT_HOME"])

    @property
    def temporary(self) -> Path:
        return Path(self.environment["TMPDIR"])

    def live_in(self, home: Path) -> None:
        """Whoever types from now on is somebody whose home this is. What the runtime of namespaces mounts then is seen by nobody else."""
        self.environment["HOME"] = str(home)
        self.environment[accounts.VARIABLE] = str(accounts.accounts_with(home, self.folder.parent / "accounts"))

    def write(self, text: str, name: str = "stack.yaml") -> Path:
        """Write a stack; ``HOST`` in it becomes this test's own runtime."""
        path = self.folder / name
        path.write_text(text.replace("HOST", f"namespace://{self.runtime.path}"), encoding="utf-8")
        return path

    def edit(self, old: str, new: str, name: str = "stack.yaml") -> None:
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def start(self, *arguments: str, **options: Any) -> "subprocess.Popen[str]":
        """Type a command and look on."""
        return self._start((PROGRAM, *arguments), **options)

    def _start(self, command: Sequence[str], **options: Any) -> "subprocess.Popen[str]":
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        if file := self.environment.get(accounts.VARIABLE):
            command = accounts.seen_by(Path(file), command)
        process = subprocess.Popen(command, cwd=self.folder, env=self.environment, **{**pipes, **options})
        self._started.append(process)
        return process

    def type(self, *words: str, code: int | None = 0, stdin: str | None = None, patience: float = LIMIT) -> Answer:
        """Type a command and wait for at most so many seconds; ``code`` is the exit code that is wanted, None for any."""
        found, out, err = typed(words, self.folder, self.environment, stdin, patience)
        assert found is not None, f"virtwright {' '.join(words)} did not end:\n{out}{err}"
        assert code in (found, None), f"virtwright {' '.join(words)} exited with {found}:\n{out}{err}"
        return Answer(found, out, err)

    def run(self, *command: str, code: int = 0, stdin: str | None = None, patience: float = LIMIT) -> Answer:
        """The same for any program."""
        process = self._start(command, stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE)
        try:
            out, err = process.communicate(stdin, timeout=patience)
        finally:
            process.kill()
            process.wait()
        assert process.returncode == code, f"{' '.join(command)} exited with {process.returncode}:\n{out}{err}"
        return Answer(process.returncode, out, err)

    def names(self, kind: str) -> list[str]:
        """What the runtime really holds of a kind."""
        return sorted(name for name, _ in self._objects(kind))

    def machines(self) -> dict[str, Path]:
        """The folder of each machine, by its name in the stack."""
        return dict(self._objects("VirtualMachine"))

    def _objects(self, kind: str) -> Iterator[tuple[str, Path]]:
        for record in self.runtime.kind_folder(kind).glob("*/record.json"):
            yield json.loads(record.read_text(encoding="utf-8"))["stamp"]["urn"].rpartition("::")[2], record.parent

    def destroy(self, *options: str) -> Answer:
        """Remove one stack with all its data."""
        listed = self.type("state", "list", "--json", *options).json()
        volumes = [resource["name"] for resource in listed if resource["kind"] == "Volume"]
        allowed = [word for name in volumes for word in ("--allow-data-loss", name)]
        return self.type("destroy", "--yes", *allowed, *options)

    def destroy_all(self) -> None:
        for name in self.type("state", "list", "--stacks", "--json").json():
            self.destroy("--stack", name)

    def sweep(self) -> None:
        """Take away by force what a failed test left."""
        for process in self._started:
            if process.poll() is None:
                process.kill()
                process.wait()
        for kind in ("Container", "VirtualMachine"):
            for folder in self.runtime.kind_folder(kind).glob("*"):
                supervisor.kill(folder)
        for place in (self.runtime.path, self.runtime.volatile):
            for mount in mounts_below(place):
                unmount(mount, lazily=True)
        shutil.rmtree(self.runtime.volatile, ignore_errors=True)


@contextmanager
def operator_at(place: Path) -> Iterator[Operator]:
    """Types at a runtime of its own. What is left is destroyed by the command line too; whatever that leaves is an error."""
    made = Operator.at(place)
    try:
        yield made
        if made.runtime.path.exists():
            made.destroy_all()
        assert remaining(lambda: left_of(made.runtime)) == []
    finally:
        made.sweep()


def left_of(runtime: Root) -> list[str]:
    """What of a runtime is still on this machine: records, mounts, network namespaces, processes."""
    found = [str(path) for kind in FOLDERS for path in runtime.kind_folder(kind).glob("*")]
    found += [str(path) for path in runtime.netns.glob("*")]
    root = str(runtime.path)
    found += [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if root in line]
    return found + processes_with(root)


def processes_with(text: str) -> list[str]:
    """The processes whose command line holds ``text``."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in command:
            found.append(f"{path.parent.name}: {command}")
    return found
