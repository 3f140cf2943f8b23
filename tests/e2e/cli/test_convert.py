"""Types ``virtwright convert``, with the mistakes that people make."""

import json
import os
from pathlib import Path

import pytest
from tests.compose_lab import FOLDER

from virtwright.cli.command_line import run

COMPOSE = """
services:
  web:
    image: nginx:1.27
    uts: host
    environment: {API_TOKEN: abc-123-not-real}
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "compose.yaml").write_text(COMPOSE)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("VIRTWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("VIRTWRIGHT_STATE", str(tmp_path / "state.db"))
    for name in [each for each in os.environ if each.startswith("COMPOSE_")]:
        monkeypatch.delenv(name)
    return folder


def files(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def test_a_stack_and_its_secrets_are_written_and_valid(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert"]) == 0
    told = capsys.readouterr().err
    assert "services.web.uts" in told and "compose.yaml:5:5" in told and "use hostname" in told
    assert files(project) == {"compose.yaml", "shop.yaml", "shop.shop.yaml"}
    written = (project / "shop.yaml").read_text() + (project / "shop.shop.yaml").read_text() + told
    assert "abc-123" not in written
    assert "${config.api_token}" in written
    assert run(["validate"]) == 0, capsys.readouterr().err


def test_a_file_that_is_there_is_kept(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "shop.yaml").write_text("mine")
    assert run(["convert"]) == 1
    assert "--force" in capsys.readouterr().err
    assert (project / "shop.yaml").read_text() == "mine"
    assert files(project) == {"compose.yaml", "shop.yaml"}
    assert run(["convert", "--force"]) == 0
    assert (project / "shop.yaml").read_text() != "mine"


def test_strict_writes_nothing_where_a_key_is_lost(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", "--strict"]) == 1
    assert "nothing was written" in capsys.readouterr().err
    assert files(project) == {"compose.yaml"}
    (project / "compose.yaml").write_text(COMPOSE.replace("    uts: host\n", ""))
    assert run(["convert", "--strict"]) == 0


def test_printed_it_shows_no_secret_and_says_how_to_give_it(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", "--output", "-", "--host", "swarm:///", "--project-name", "other"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("# Made from compose.yaml")
    assert "stack: other" in printed.out and "swarm:///" in printed.out and "services:" in printed.out
    assert "abc-123" not in printed.out + printed.err
    assert "virtwright config set --secret api_token VALUE" in printed.err
    assert files(project) == {"compose.yaml"}


def test_the_report_as_json(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    (lost,) = [each for each in report["findings"] if each["weight"] == "lost"]
    assert (lost["key"], lost["line"], lost["column"]) == ("services.web.uts", 5, 5)


MISTAKES = {
    ("convert", "no.yaml"): "there is no file 'no.yaml'",
    ("convert", "--env-file", "no.env"): "there is no file 'no.env'",
    ("convert", "--project-name", "Über"): "is no name for a project",
    ("convert", "--host", "nonsense"): "--host",
    ("convert", "--profile"): "--profile",
    ("convert", "/etc"): "there is no Compose file",
}


@pytest.mark.parametrize("words", MISTAKES)
def test_a_mistake_is_explained_and_writes_nothing(
    words: tuple[str, ...], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(list(words)) == 1
    assert MISTAKES[words] in capsys.readouterr().err
    assert files(project) == {"compose.yaml"}


def test_files_are_found_as_docker_compose_finds_them(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "a.yaml").write_text("services: {a: {image: '${TAG}'}}")
    (project / "b.yaml").write_text("services: {b: {image: b}}")
    (project / "vars").write_text("TAG=from-file")
    assert run(["convert", "a.yaml", "-f", "b.yaml", "--env-file", "vars", "-o", "-"]) == 0
    assert "image: from-file" in (printed := capsys.readouterr().out) and "image: b" in printed
    (project / ".env").write_text("COMPOSE_FILE=b.yaml\nCOMPOSE_PROJECT_NAME=named\n")
    assert run(["convert", "-o", "-"]) == 0
    assert "stack: named" in (printed := capsys.readouterr().out) and "image: b" in printed and "nginx" not in printed
    (project / ".env").unlink()
    (project / "deeper").mkdir()
    monkeypatch.chdir(project / "deeper")
    assert run(["convert", "-o", "-"]) == 0
    assert "stack: shop" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["wordpress", "round_trip"])
def test_relative_paths_lead_from_where_the_stack_is_written(name: str, project: Path) -> None:
    assert run(["convert", str(FOLDER / name), "-o", "out.yaml"]) == 0
    assert run(["validate", "out.yaml"]) == 0
