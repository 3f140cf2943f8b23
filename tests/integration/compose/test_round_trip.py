"""Convert, apply, plan: no changes. On a real Docker engine, with images made here."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.compose_lab import FOLDER
from tests.docker_lab import DockerLab

from virtwright.cli.command_line import run

pytestmark = pytest.mark.root
LARGE = FOLDER / "round_trip"
SOAK = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
RUN_BY_BUSYBOX = (
    "web_and_db", "monitoring", "queue", "static_site", "interpolation", "secrets_and_urls", "profiles", "networks",
    "included", "extends",
)  # fmt: skip
"""Projects whose commands the images made here can run."""


def cli(*words: str) -> int:
    return run([*words, "--no-color"])


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VIRTWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("VIRTWRIGHT_STATE", str(tmp_path / "state.db"))
    monkeypatch.setenv("DB_PASSWORD", "of-the-round-trip")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sections_of(stack: Path, *names: str) -> list[dict[str, Any]]:
    """The entries of these sections of a stack."""
    sections: dict[str, dict[str, Any]] = YAML(typ="safe", pure=True).load(stack)
    return [each or {} for name in names for each in sections.get(name, {}).values()]


def images_of(stack: Path) -> set[str]:
    """Those that the stack does not make itself."""
    named = {str(each["image"]) for each in sections_of(stack, "containers", "services")}
    return {name if ":" in name.rpartition("/")[2] else f"{name}:latest" for name in named if "${" not in name}


def prepare(lab: DockerLab, stack: Path) -> None:
    """What is there before, where the project is at home: images, what is external, and folders of the host."""
    for image in images_of(stack):
        lab.import_image(image, changes=['CMD ["sleep","100000"]'])
    for each in sections_of(stack, "networks"):
        if "existing" in each:
            lab.api.create_network(each["existing"])
    for each in sections_of(stack, "containers", "services"):
        for volume in each.get("volumes", ()):
            source = str(volume.get("bind", "") if isinstance(volume, dict) else volume.partition(":")[0])
            if Path(source).is_relative_to(stack.parent):
                Path(source).mkdir(parents=True, exist_ok=True)


def test_a_large_project_is_converted_applied_and_found_unchanged(
    docker_lab: DockerLab, at_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = at_home / "shop.yaml"
    assert cli("convert", str(LARGE), "--host", docker_lab.uri, "--output", str(stack), "--strict") == 0
    assert cli("validate", str(stack)) == 0
    prepare(docker_lab, stack)
    try:
        capsys.readouterr()
        assert cli("apply", str(stack), "--yes") == 0, capsys.readouterr()
        capsys.readouterr()
        assert cli("plan", str(stack), "--exit-code", "--json") == 0, capsys.readouterr().out
        running = {
            each["Labels"]["virtwright.urn"].rpartition("::")[2]: each for each in docker_lab.api.containers(all=True)
        }
        copies = docker_lab.api.containers(filters={"label": "virtwright.service=trip_worker"})
        assert len(copies) == 2 and len({each["ImageID"] for each in copies}) == 1, "of the image that was built"
        assert running["migrate"]["State"] == "exited"
        assert {name for name, each in running.items() if each["State"] == "running"} == set(running) - {"migrate"}
        web = docker_lab.api.inspect_container(running["web"]["Id"])
        assert "PASSWORD=of-the-round-trip" in web["Config"]["Env"]
        assert web["HostConfig"]["Memory"] == 64 * 1024**2
    finally:
        capsys.readouterr()
        assert (
            cli("destroy", str(stack), "--yes", "--allow-data-loss", "data", "--allow-data-loss", "web-cache") == 0
        ), json.dumps(capsys.readouterr().err)


@pytest.mark.soak
@pytest.mark.skipif(SOAK < 2, reason="a campaign: VIRTWRIGHT_SOAK=2")
@pytest.mark.parametrize("name", RUN_BY_BUSYBOX)
def test_other_projects_make_the_round_trip_too(
    name: str, docker_lab: DockerLab, at_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(FOLDER / name, at_home / name)
    stack = at_home / name / "stack.yaml"
    words = ("--profile", "*", "--host", docker_lab.uri, "--output", str(stack))
    assert cli("convert", str(at_home / name), *words) == 0
    prepare(docker_lab, stack)
    assert cli("validate", str(stack)) == 0, capsys.readouterr().err
    assert cli("apply", str(stack), "--yes") == 0, capsys.readouterr().out
    capsys.readouterr()
    assert cli("plan", str(stack), "--exit-code") == 0, capsys.readouterr().out
