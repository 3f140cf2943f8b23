"""Commands that look at a Python stack run none of its code, nor what it names, unless they are told to."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.cli.conftest import Shop

PROJECT = "name: shop\nruntime: {name: python, options: {toolchain: poetry}}\nconfig: {n: {type: integer}}\n"
PROGRAM = """\
from pathlib import Path
Path("ran").write_text("the program")
import pulumi
import virtwright as vw
on = pulumi.ResourceOptions(provider=vw.Host("here", uri="fake://one"))
vw.Network("back", cidr="10.40.0.0/24", opts=on)
"""
POETRY = '#!/bin/sh\ntouch "$0.ran"\nexit 1\n'


@pytest.fixture
def program(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a Python stack. What runs in it leaves a file."""
    shop.file.unlink()
    for name, text in (("Pulumi.yaml", PROJECT), ("__main__.py", PROGRAM), ("Pulumi.shop.yaml", "config: {n: 3}\n")):
        (shop.folder / name).write_text(text)
    poetry = tmp_path / "bin" / "poetry"
    poetry.parent.mkdir()
    poetry.write_text(POETRY)
    poetry.chmod(0o755)
    monkeypatch.setenv("PATH", str(poetry.parent), prepend=":")
    yield shop.folder
    assert not (shop.folder / "ran").exists() and not poetry.with_name("poetry.ran").exists()


def test_validate_checks_the_project_and_says_what_it_did_not(shop: Shop, program: Path) -> None:
    answer = shop.type("validate")
    assert (answer.code, answer.out) == (0, "The project shop and its configuration are valid.\n")
    assert "the program was not run" in answer.err and "virtwright validate --run-program" in answer.err
    line = json.loads(shop.type("validate", "--json").out)
    assert line["event"] == "warned" and "was not run" in line["problem"]["message"]


def test_validate_finds_what_is_wrong_without_the_program(shop: Shop, program: Path) -> None:
    (program / "Pulumi.shop.yaml").write_text("config: {n: many}\n")
    answer = shop.type("validate")
    assert answer.code == 1 and "expected a whole number" in answer.err


@pytest.mark.parametrize(
    "words", [["graph"], ["config", "list"], ["convert", "--to", "python"], ["import", "containers.a", "b"]]
)
def test_what_only_looks_runs_nothing(shop: Shop, program: Path, words: list[str]) -> None:
    shop.type(*words)


def test_a_graph_says_how_it_is_had(shop: Shop, program: Path) -> None:
    answer = shop.type("graph")
    assert answer.code == 1 and "virtwright graph --run-program" in answer.err


def test_completion_runs_nothing(shop: Shop, program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = "virtwright plan --target "
    monkeypatch.setenv("_VIRTWRIGHT_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", "3")
    with pytest.raises(SystemExit):
        shop.type()


@pytest.mark.parametrize("words", [["validate"], ["graph"]])
def test_the_program_runs_where_that_is_asked_for(shop: Shop, words: list[str]) -> None:
    (shop.folder / "app.py").write_text(PROGRAM)
    answer = shop.type(*words, "app.py", "--run-program")
    assert answer.code == 0, answer.err
    assert (shop.folder / "ran").read_text() == "the program"
    assert "valid" in answer.out or '"networks.back"' in answer.out
