"""Every example, run as a user would: applied, asked with its own check.py, planned again, destroyed, nothing left."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from tests.e2e.operator_lab import PROGRAM, Operator, operator_at
from tests.ports import free_port

from virtwright.providers.namespace import supervisor

pytestmark = [pytest.mark.root, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
EXAMPLES: Final = sorted(path.parent.name for path in (ROOT / "examples").glob("*/stack.yaml"))
OTHERS: Final = ("lab", "cluster", "app-and-database", "docker-shop", "swarm-shop", "quickstart")
"""The others serve a page at one port of this machine. These have tests of their own: ``tests/integration/lab/test_example.py``, ``tests/e2e/test_lab_examples.py``,
``tests/e2e/test_docker_shop.py``, ``tests/e2e/test_swarm_shop.py`` and the last one here."""
SECRETS: Final = {"ci-runner": {"token": "a-token-of-the-tests"}}
"""Configuration without a default, by example. ``check.py`` gets it in the environment, in capitals."""


@dataclass(frozen=True)
class Example:
    """One example, copied for an operator who types as its README says."""

    operator: Operator
    port: str
    options: tuple[str, ...]

    @classmethod
    def of(cls, name: str, operator: Operator) -> "Example":
        shutil.copytree(ROOT / "examples" / name, operator.folder, dirs_exist_ok=True)
        secrets = SECRETS.get(name, {})
        operator.environment["VIRTWRIGHT_PASSPHRASE"] = "correct horse battery staple"
        operator.environment.update({key.upper(): value for key, value in secrets.items()})
        example = cls(operator, str(free_port()), ("--stack", "prod") if secrets else ())
        for key, value in secrets.items():
            example.type("config", "set", key, value, "--secret")
        return example

    @property
    def config(self) -> list[str]:
        values = {"host": f"namespace://{self.operator.runtime.path}", "port": self.port}
        return [word for key, value in values.items() for word in ("--config", f"{key}={value}")]

    def type(self, *words: str, code: int = 0) -> str:
        return self.operator.type(*words, *self.options, code=code).all


@pytest.fixture
def operator() -> Iterator[Operator]:
    """With a runtime on a disk, as users have it: that of the other tests may lie in memory."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="vw-") as place, operator_at(Path(place)) as made:
        yield made


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_has_what_a_reader_needs(name: str) -> None:
    folder = ROOT / "examples" / name
    assert (folder / "README.md").read_text().startswith("# ")
    assert os.access(folder / "check.py", os.X_OK)
    assert f"[{name}]({name})" in (ROOT / "examples" / "README.md").read_text()
    first = (folder / "stack.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=../../schemas/stack.schema.json"


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in OTHERS])
def test_an_example_runs(name: str, operator: Operator) -> None:
    example = Example.of(name, operator)
    example.type("apply", "--yes", *example.config)
    url = example.type("output", "url").strip()
    assert url == f"http://127.0.0.1:{example.port}"
    operator.run(str(operator.folder / "check.py"), url)
    example.type("plan", "--exit-code", *example.config)


def test_the_quickstart_keeps_its_visits(operator: Operator) -> None:
    """What ``make quickstart`` does, done again, and once more after the database machine was killed."""
    example = Example.of("quickstart", operator)
    command = (str(operator.folder / "run.sh"), PROGRAM, example.port, *example.config)
    said = operator.run(*command).all
    assert "Visits so far: 2" in said
    assert "virtwright destroy --allow-data-loss data" in said
    again = operator.run(*command).all
    assert "No changes" in again
    assert "Visits so far: 4" in again
    supervisor.kill(operator.machines()["db"])
    assert "vms.db" in example.type("plan", "--exit-code", *example.config, code=2)
    assert "Visits so far: 6" in operator.run(*command).all
