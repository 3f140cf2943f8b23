"""Errors as people read them: what, where (with the line of the file and a caret), and what to do."""

import io
import itertools
import os
import re
import stat
from collections.abc import Iterator, Sequence
from typing import Final

from rich.cells import cell_len
from rich.console import Group
from rich.text import Text

from virtwright.cli import command
from virtwright.cli.render.text import escape_line, safe, safe_quote
from virtwright.engine.selection import address
from virtwright.errors import Problem, RefusedError, Where
from virtwright.schemas.urn import Urn

_SECRET_NAME: Final = re.compile(r"password|passphrase|secret|token|private", re.IGNORECASE)
_MOST_SHOWN: Final = 100
_MOST_OTHERS: Final = 10
"""Places that are named beside the first."""
_EXCERPT: Final = 100
"""Columns of a source line that are shown."""
_LARGEST: Final = 8 * 1024**2
"""Bytes of a file that are looked at for a line."""


def render_problems(problems: Sequence[Problem], *, label: str = "error", style: str = "bold red") -> Group:
    """All problems, one block each; what a host says again for another resource is told once."""
    told = _gathered(problems)
    blocks = [render_problem(first, label=label, style=style, others=others) for first, *others in told[:_MOST_SHOWN]]
    if left := len(told) - _MOST_SHOWN:
        blocks += [Text(f"... and {left} more {label}s")] if left > 0 else []
    return Group(*blocks)


def _gathered(problems: Sequence[Problem]) -> list[list[Problem]]:
    """Those that are the same but for the resource, in the order of the first of each."""
    together: dict[object, list[Problem]] = {}
    for number, problem in enumerate(problems):
        host = problem.where.host
        together.setdefault((host, problem.message, problem.hint) if host else number, []).append(problem)
    return list(together.values())


def render_problem(
    problem: Problem, *, label: str = "error", style: str = "bold red", others: Sequence[Problem] = ()
) -> Text:
    """One problem as a block of lines. ``others`` are the same at other places."""
    lines = [Text.assemble((f"{label}: ", style), safe_quote(problem.message))]
    lines += _place(problem.where)
    if others:
        names = [_name(each.where, problem.where) for each in others[:_MOST_OTHERS]]
        more = f" and {len(others) - len(names)} more" if len(others) > len(names) else ""
        lines.append(Text.assemble(("  the same for ", "dim"), safe(", ".join(names) + more, "cyan")))
    if problem.hint:
        lines += _hint(problem.hint)
    return Text("\n").join(lines)


def _name(where: Where, told: Where) -> str:
    """What a place is called beside another one, which may be the same place of a host, for another resource."""
    if where.urn is not None and where.path in (None, told.path):
        return address(Urn.parse(where.urn))
    return where.path or ""


def _place(where: Where) -> Iterator[Text]:
    if text := str(where):
        yield Text.assemble(("  at ", "dim"), safe(text, "cyan"))
    excerpt = source_excerpt(where)
    if excerpt and where.line:
        line, caret = excerpt
        number = str(where.line)
        yield Text.assemble((f"  {number} | ", "dim"), line)
        if caret is not None:
            yield Text.assemble((" " * (len(number) + 2) + " | ", "dim"), " " * caret, ("^", "bold red"))


def _hint(hint: str) -> Iterator[Text]:
    """Commands to copy are the lines that start with four spaces; they keep a line of their own."""
    for number, line in enumerate(hint.split("\n")):
        if line.startswith("    "):
            yield safe("  " + line.rstrip(), "bold")
        else:
            yield Text.assemble(("  hint: " if number == 0 else "        ", "green"), safe(line))


def source_excerpt(where: Where) -> tuple[Text, int | None] | None:
    """The line that ``where`` speaks of and the columns before the caret. None where there is nothing to show:
    no such file or line, or a field whose name says that it is secret."""
    if not where.file or not where.line or _SECRET_NAME.search(where.path or ""):
        return None
    line = _read_line(where.file, where.line)
    if line is None or _SECRET_NAME.search(line):
        return None
    column = min(where.column or 0, len(line) + 1)
    start = max(0, column - _EXCERPT * 3 // 4)
    shown = line[start : start + _EXCERPT]
    before = escape_line(line[start : column - 1].replace("\t", " ")) if column else ""
    return safe(shown.replace("\t", " ")), cell_len(before) if column else None


def _read_line(file: str, number: int) -> str | None:
    """Which file that is, a program can say: only the beginning of a regular one is read."""
    try:
        command.latest_trust.check_own(file)
        with open(file, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK | os.O_CLOEXEC)) as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                return None
            data = opened.read(_LARGEST)
        lines = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", errors="replace")
        line = next(itertools.islice(lines, number - 1, None), None)
    except (OSError, ValueError, RefusedError):
        return None
    return None if line is None else line.rstrip("\r\n").removeprefix("\ufeff")
