"""Convert, apply, plan: no changes. On a real Docker engine, with images made here."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.compose_lab import FOLDER
from tests.docker_lab import DockerLab

from virtwright.cli.main import run

pytestmark = pytest.mark.root
LARGE = FOLDER / "round_trip"
SOAK = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
RUN_BY_BUSYBOX = ("web_and_db", "monitoring", "queue", "static_site", "interpolation", "secrets_and_urls", "profiles")
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


def images_of(stack: Path) -> set[str]:
    entries: dict[str, Any] = YAML(typ="safe", pure=True).load(stack).get("containers", {})
    return {str(each["image"]) for each in entries.values()}


def test_a_large_project_is_converted_applied_and_found_unchanged(
    docker_lab: DockerLab, at_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = at_home / "shop.yaml"
    assert cli("convert", str(LARGE), "--host", docker_lab.uri, "--output", str(stack), "--strict") == 0
    assert cli("validate", str(stack)) == 0
    for image in images_of(stack):
        docker_lab.import_image(image, changes=['CMD ["sleep","100000"]'])
    try:
        capsys.readouterr()
        assert cli("apply", str(stack), "--yes") == 0, capsys.readouterr()
        capsys.readouterr()
        assert cli("plan", str(stack), "--exit-code", "--json") == 0, capsys.readouterr().out
        running = {
            each["Labels"]["virtwright.urn"].rpartition("::")[2]: each for each in docker_lab.api.containers(all=True)
        }
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
    stack = at_home / "stack.yaml"
    assert cli("convert", str(FOLDER / name), "--profile", "*", "--host", docker_lab.uri, "--output", str(stack)) == 0
    for image in images_of(stack):
        docker_lab.import_image(image, changes=['CMD ["sleep","100000"]'])
    assert cli("validate", str(stack)) == 0, capsys.readouterr().err
    assert cli("apply", str(stack), "--yes") == 0, capsys.readouterr().out
    capsys.readouterr()
    assert cli("plan", str(stack), "--exit-code") == 0, capsys.readouterr().out
