"""docs/cli.md says all that the command line takes, and nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from virtwright.cli.app import build_app
from virtwright.cli.settings import GLOBAL_OPTIONS

PAGE = (Path(__file__).parents[3] / "docs" / "cli.md").read_text(encoding="utf-8")
SHARED = "Options of every command"


def commands(group: Any, path: tuple[str, ...] = ("virtwright",)) -> Iterator[tuple[str, Any]]:
    """Every command with its full name, groups left out."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


ALL = dict(commands(typer.main.get_command(build_app())))


def options(command: Any) -> dict[str, set[str]]:
    """The option strings of each option, by parameter name."""
    return {param.name: set(param.opts) for param in command.params if param.param_type_name == "option"}


def section(title: str) -> str:
    parts = re.split(rf"^## {re.escape(title)}$", PAGE, flags=re.MULTILINE)
    assert len(parts) == 2, f"docs/cli.md has no single section {title!r}"
    return re.split(r"^## ", parts[1], flags=re.MULTILINE)[0]


def rows(title: str) -> set[str]:
    """The options in the first column of the section's tables."""
    cells = re.findall(r"^\| ((?:`-[^|]*(?:\\\|[^|]*)*)) \|", section(title), flags=re.MULTILINE)
    return {option for cell in cells for option in re.findall(r"`(--?[a-z-]+)", cell)}


@pytest.mark.parametrize("name", ALL)
def test_every_command_has_its_section_with_every_option(name: str) -> None:
    own = {each for key, names in options(ALL[name]).items() if key not in (*GLOBAL_OPTIONS, "help") for each in names}
    assert rows(name) == own


def test_no_section_is_about_a_command_that_is_not_there() -> None:
    assert set(re.findall(r"^## (virtwright .*)$", PAGE, flags=re.MULTILINE)) == set(ALL)


def test_the_options_of_every_command_are_documented() -> None:
    shared = {each for key, names in options(ALL["virtwright plan"]).items() if key in GLOBAL_OPTIONS for each in names}
    assert rows(SHARED) == shared | {"--help"}


@pytest.mark.parametrize("name", ALL)
def test_every_command_takes_the_options_of_every_command(name: str) -> None:
    assert set(GLOBAL_OPTIONS) <= set(options(ALL[name]))


@pytest.mark.parametrize("name", ALL)
def test_everything_has_a_help_text(name: str) -> None:
    assert ALL[name].help
    assert all(param.help for param in ALL[name].params if param.name not in ("help",))
