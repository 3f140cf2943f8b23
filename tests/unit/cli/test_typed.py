"""The command line as hints repeat it."""

import shlex

import pytest

from virtwright.cli.typed import typed


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["apply", "shop.yaml", "--stack", "prod"], "virtwright apply shop.yaml --stack prod"),
        (["apply", "a b.yaml", "-y", "--yes"], "virtwright apply 'a b.yaml'"),
        (["apply", "--config", "password=hunter2"], "virtwright apply --config password=..."),
        (["--config=password=hunter2=3", "plan"], "virtwright --config=password=... plan"),
        (["plan", "--config"], "virtwright plan --config"),
    ],
)
def test_a_line_to_copy(words: list[str], line: str) -> None:
    assert typed(words) == line
    assert shlex.split(typed(words))[0] == "virtwright"
