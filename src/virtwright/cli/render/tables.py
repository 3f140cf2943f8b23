"""Tables without lines, that fold rather than cut."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from virtwright.cli.render.text import safe


def print_table(console: Console, heads: Sequence[str], rows: Iterable[Sequence[Text | str]]) -> None:
    """Print ``rows`` below ``heads``. Plain strings are foreign text and are escaped."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, pad_edge=False)
    for head in heads:
        table.add_column(head, header_style="bold", overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else safe(cell) for cell in row))
    console.print(table)
