"""Tables without lines, that fit a terminal: columns that can be spared are left out, long cells cut, the rest folded."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from virtwright.cli.render.text import safe

_GAP = 2
_NARROWEST = 8
"""No column is cut to less."""


def print_table(
    console: Console,
    heads: Sequence[str],
    rows: Iterable[Sequence[Text | str]],
    *,
    spare: Sequence[str] = (),
    cut: str | None = None,
) -> None:
    """Print ``rows`` below ``heads``. Plain strings are foreign text and are escaped.

    Where the terminal is too narrow, the column ``cut`` loses the beginnings of its cells, and if that is not enough the
    columns ``spare`` are left out, one after the other.
    """
    cells = [[cell if isinstance(cell, Text) else safe(cell) for cell in row] for row in rows]
    widths = {
        head: max([len(head), *(row[column].cell_len for row in cells)]) + _GAP for column, head in enumerate(heads)
    }
    left = dict(widths)
    longest = None if cut is None else widths[cut] - _GAP
    for each in (*spare, None):
        over = sum(left.values()) - _GAP - console.width
        if over > 0 and cut is not None and longest is not None and cut in left:
            longest = max(_NARROWEST, widths[cut] - _GAP - over)
            over = sum(left.values()) - widths[cut] + longest - console.width
        if over <= 0 or each is None:
            break
        del left[each]
    _print(
        console,
        [(head, [row[column] for row in cells]) for column, head in enumerate(heads) if head in left],
        cut,
        longest,
    )


def _print(
    console: Console, columns: Sequence[tuple[str, Sequence[Text]]], cut: str | None, longest: int | None
) -> None:
    table = Table(box=None, padding=(0, _GAP, 0, 0), show_edge=False, pad_edge=False)
    for head, _ in columns:
        table.add_column(head, header_style="bold", overflow="fold")
    shown = [
        [_ending(cell, longest) for cell in cells] if head == cut and longest is not None else cells
        for head, cells in columns
    ]
    for row in zip(*shown, strict=True):
        table.add_row(*row)
    console.print(table)


def _ending(cell: Text, longest: int) -> Text:
    """The end of a cell says most: the last parts of a path."""
    if cell.cell_len <= longest:
        return cell
    start = next(start for start in range(len(cell)) if cell[start:].cell_len < longest)
    return Text.assemble(("…", "dim"), cell[start:])
