"""Tables fit the terminal: nothing folds inside a time or a path."""

import io

import pytest
from rich.console import Console

from virtwright.cli.render.outputs import output_lines, value_line
from virtwright.cli.render.records import moment
from virtwright.cli.render.tables import print_table
from virtwright.schemas.values import UNKNOWN

HEADS = ("RESOURCE", "HOST", "ADDRESS", "AGE")
ROWS = [
    ("volumes.data", "here", "/var/lib/virtwright/Volume/v-0123456789abcdef/data", "3d"),
    ("vms.db", "here", "10.0.0.2", "3d"),
]


def table(width: int) -> list[str]:
    console = Console(file=(out := io.StringIO()), width=width, color_system=None)
    print_table(console, HEADS, ROWS, spare=("AGE", "HOST"), cut="ADDRESS")
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_a_wide_terminal_shows_all() -> None:
    assert table(100)[1].split() == list(ROWS[0])


@pytest.mark.parametrize(("width", "heads"), [(60, 4), (36, 4), (30, 3), (24, 2)])
def test_a_narrow_one_cuts_paths_and_then_leaves_columns_out(width: int, heads: int) -> None:
    lines = table(width)
    assert len(lines) == 3, "no cell is folded"
    assert max(map(len, lines)) <= width
    assert lines[0].split() == [head for head in HEADS if head in lines[0]]
    assert len(lines[0].split()) == heads
    assert "…" in lines[1]
    assert "/data" in lines[1]
    assert "10.0.0.2" in lines[2]


def test_times_are_shown_to_the_second() -> None:
    assert moment("2026-01-02T03:04:05.678901+00:00") == "2026-01-02 03:04:05"
    assert moment("") == ""


def test_what_is_not_known_is_said_in_words() -> None:
    assert value_line(UNKNOWN) == "(not known yet)"
    (line,) = output_lines({"urls": [{"a": UNKNOWN}, 1]})
    assert line.plain == 'urls = [{"a": (not known yet)}, 1]'
