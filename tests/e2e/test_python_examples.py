"""The examples that are Python stacks, run as a user would: applied, asked with their own check.py, planned again, changed, destroyed."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.e2e.operator_lab import Operator
from tests.e2e.test_examples import ROOT
from tests.ports import free_port

pytestmark = pytest.mark.root
TOKEN = "a-token-of-the-platform-4711"


def copied(name: str, operator: Operator) -> list[str]:
    """Copy an example for the operator; returns the words of its configuration."""
    shutil.copytree(ROOT / "examples" / name, operator.folder, dirs_exist_ok=True)
    operator.environment["VIRTWRIGHT_PASSPHRASE"] = "correct horse battery staple"
    return ["--config", f"host=namespace://{operator.runtime.path}", "--config", f"port={free_port()}"]


@pytest.mark.parametrize("name", ["web-tier", "platform-and-app"])
def test_an_example_has_what_a_reader_needs(name: str) -> None:
    folder = ROOT / "examples" / name
    assert (folder / "README.md").read_text().startswith("# ")
    assert os.access(folder / "check.py", os.X_OK)
    assert f"[{name}]({name})" in (ROOT / "examples" / "README.md").read_text()


@pytest.mark.slow
def test_a_component_a_transform_and_code_of_its_own(operator: Operator, tmp_path: Path) -> None:
    targets = tmp_path / "targets.json"
    config = [*copied("web-tier", operator), "--config", f"targets={targets}"]
    operator.type("apply", "--yes", *config)
    url = operator.type("output", "url").out.strip()
    operator.run("./check.py", url)
    assert len(json.loads(targets.read_text())[0]["targets"]) == 2
    operator.type("plan", "--exit-code", *config)
    changed = operator.type("apply", "--yes", "--json", *config, "--config", "copies=3")
    assert "wrote 3 targets" in changed.out
    operator.run("./check.py", url, "3")
    (operator.folder / "__main__.py").write_text("raise SystemExit('what is destroyed needs no program')\n")
    operator.type("destroy", "--yes")
    assert not targets.exists()


@pytest.mark.slow
def test_two_stacks_that_are_joined(operator: Operator) -> None:
    config = copied("platform-and-app", operator)
    platform, app = (replace(operator, folder=operator.folder / name) for name in ("platform", "app"))
    platform.type("config", "set", "token", TOKEN, "--secret")
    said = platform.type("apply", "--yes", *config[:2]).all
    said += app.type("apply", "--yes", *config).all
    url = app.type("output", "url").out.strip()
    operator.run("./check.py", url)
    app.type("plan", "--exit-code", *config)
    said += app.type("apply", "--yes", *config, "--config", "greeting=Moin").all
    assert "Visits so far: 4" in operator.run("./check.py", url).out
    assert TOKEN not in said
    app.type("destroy", "--yes")
    platform.destroy()
