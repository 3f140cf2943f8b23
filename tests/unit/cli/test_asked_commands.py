"""Only the commands that a command line can mean are made ready."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import typer.main

from virtwright.cli.app import build_app


def commands(*words: str) -> dict[str, Any]:
    return dict(typer.main.get_command(build_app(words)).commands)  # type: ignore[attr-defined]


def top_level() -> Iterator[str]:
    app = build_app()
    yield from (each.name or "" for each in app.registered_commands)
    yield from (each.name or "" for each in app.registered_groups)


ALL = sorted(top_level())


@pytest.mark.parametrize("name", ALL)
def test_a_command_stays_where_it_is_asked_for(name: str) -> None:
    assert [*commands(name, "--help")] == [name]


@pytest.mark.parametrize("words", [(), ("--help",), ("plna",), ("--stack", "prod", "plan"), ("-x",)])
def test_all_stay_where_the_first_word_is_no_command(words: Sequence[str]) -> None:
    assert sorted(commands(*words)) == ALL


def test_the_value_of_an_option_may_be_called_like_a_command() -> None:
    assert {"plan", "apply"} <= {*commands("--stack", "plan", "apply")}
