"""Every example, run as a user would: applied, asked with its own check.py, planned again, destroyed, nothing left."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from ruamel.yaml import YAML

from virtwright.providers.namespace import supervisor
from virtwright.providers.namespace.paths import FOLDERS, Root

pytestmark = pytest.mark.root

ROOT = Path(__file__).parents[2]
EXAMPLES: Final = sorted(path.parent.name for path in (ROOT / "examples").glob("*/stack.yaml"))
SERVING: Final = [name for name in EXAMPLES if name not in ("lab", "docker-shop")]
"""Those that serve a page at one port of this machine. The others have tests of their own:
``tests/integration/lab/test_example.py`` and ``tests/e2e/test_docker_shop.py``."""
SECRETS: Final = {"ci-runner": {"token": "a-token-of-the-tests"}}
"""Configuration without a default, by example. ``check.py`` gets it in the environment, in capitals."""
PROGRAM: Final = str(Path(sys.executable).with_name("virtwright"))
LIMIT: Final = 170
"""Seconds for one command: what ``make quickstart`` may take at most."""


@dataclass(frozen=True)
class Example:
    """One example in a folder, a runtime and a state of its own."""

    folder: Path
    runtime: Root
    port: int
    environment: dict[str, str]
    options: list[str] = field(default_factory=list)

    @property
    def config(self) -> list[str]:
        values = {"host": f"namespace://{self.runtime.path}", "port": str(self.port)}
        return [word for key, value in values.items() for word in ("--config", f"{key}={value}")]

    def run(self, *command: str, status: int = 0) -> str:
        """Run a command; its output. ``status`` is the exit code that is wanted."""
        result = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        output = result.stdout + result.stderr
        assert result.returncode == status, f"{' '.join(command)} exited with {result.returncode}:\n{output}"
        return output

    def virtwright(self, *arguments: str, status: int = 0) -> str:
        """Type it in the stack's folder, as the READMEs say."""
        return self.run(PROGRAM, *arguments, *self.options, status=status)

    @property
    def volumes(self) -> list[str]:
        entries = YAML(typ="safe").load((self.folder / "stack.yaml").read_text())["volumes"]
        names: list[str] = []
        for name, entry in entries.items():
            names += [f"{name}-{index}" for index in range(entry["count"])] if "count" in entry else [name]
        return names

    def destroy(self) -> str:
        allowed = [word for name in self.volumes for word in ("--allow-data-loss", name)]
        return self.virtwright("destroy", "--yes", *allowed)

    def left(self) -> list[str]:
        """What of it is still on this machine: records, mounts, network namespaces, processes."""
        found = [str(path) for kind in FOLDERS for path in self.runtime.kind_folder(kind).glob("*")]
        found += [str(path) for path in self.runtime.netns.glob("*")]
        root = str(self.runtime.path)
        found += [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if root in line]
        return found + _processes(root)


def _processes(root: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if root in command:
            found.append(f"{path.parent.name}: {command}")
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def example(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Example]:
    name: str = request.param
    secrets = SECRETS.get(name, {})
    made = Example(
        folder=Path(shutil.copytree(ROOT / "examples" / name, tmp_path / name)),
        runtime=Root(tmp_path / "runtime"),
        port=_free_port(),
        environment={
            "VIRTWRIGHT_HOME": str(tmp_path / "home"),
            "VIRTWRIGHT_PASSPHRASE": "correct horse battery staple",
            **{key.upper(): value for key, value in secrets.items()},
        },
        options=["--stack", "prod"] if secrets else [],
    )
    for key, value in secrets.items():
        made.virtwright("config", "set", key, value, "--secret")
    yield made
    if made.runtime.path.exists() and made.left():
        made.destroy()


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_has_what_a_reader_needs(name: str) -> None:
    folder = ROOT / "examples" / name
    assert (folder / "README.md").read_text().startswith("# ")
    assert os.access(folder / "check.py", os.X_OK)
    assert f"[{name}]({name})" in (ROOT / "examples" / "README.md").read_text()
    first = (folder / "stack.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=../../schemas/stack.schema.json"


@pytest.mark.parametrize("example", SERVING, indirect=True)
def test_an_example_runs(example: Example) -> None:
    example.virtwright("apply", "--yes", *example.config)
    url = example.virtwright("output", "url").strip()
    assert url == f"http://127.0.0.1:{example.port}"
    example.run(str(example.folder / "check.py"), url)
    example.virtwright("plan", "--exit-code", *example.config)
    example.destroy()
    assert example.left() == []


@pytest.mark.parametrize("example", ["quickstart"], indirect=True)
def test_the_quickstart_keeps_its_visits(example: Example) -> None:
    """What ``make quickstart`` does, done again, and once more after the database machine was killed."""
    command = (str(example.folder / "run.sh"), PROGRAM, str(example.port), *example.config)
    said = example.run(*command)
    assert "Visits so far: 2" in said
    assert "virtwright destroy --allow-data-loss data" in said
    again = example.run(*command)
    assert "No changes" in again
    assert "Visits so far: 4" in again
    (machine,) = example.runtime.kind_folder("VirtualMachine").iterdir()
    supervisor.kill(machine)
    assert "vms.db" in example.virtwright("plan", "--exit-code", *example.config, status=2)
    assert "Visits so far: 6" in example.run(*command)
    example.destroy()
    assert example.left() == []
