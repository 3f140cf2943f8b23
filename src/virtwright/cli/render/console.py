"""Consoles: where text goes, how wide it is and whether it has colour."""

import os
import sys
from typing import IO, Final

from rich.console import Console

_UNBOUNDED: Final = 100_000
"""Columns where nobody looks: piped text is never wrapped."""


def make_console(stream: IO[str], *, color: bool) -> Console:
    """A console on ``stream``. Without colour there are no other escape sequences for looks either."""
    plain = not color or bool(os.environ.get("NO_COLOR"))
    terminal = stream.isatty()
    return Console(
        file=stream,
        width=None if terminal else _columns(),
        color_system=None if plain else "auto",
        no_color=plain or None,
        force_terminal=terminal,
        markup=False,
        emoji=False,
        highlight=False,
    )


def _columns() -> int:
    text = os.environ.get("COLUMNS", "")
    return int(text) if text.isdigit() and int(text) > 0 else _UNBOUNDED


def standard_output(*, color: bool) -> Console:
    return make_console(sys.stdout, color=color)


def standard_error(*, color: bool) -> Console:
    return make_console(sys.stderr, color=color)
