"""``status`` for people."""

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.text import Text

from virtwright.cli.render.records import age
from virtwright.cli.render.tables import print_table
from virtwright.cli.render.text import safe
from virtwright.cli.status import GONE, UNREACHABLE, Row

_HEADS = ("RESOURCE", "HOST", "STATE", "ADDRESS", "HEALTH", "AGE")
_SPARE = ("AGE", "HOST")


def print_status(console: Console, rows: Sequence[Row], now: datetime | None = None) -> None:
    """A table of all, then what is wrong."""
    if not rows:
        console.print("The stack holds no resources.")
        return
    print_table(console, _HEADS, [_cells(row, now) for row in rows], spare=_SPARE, cut="ADDRESS")
    ill = [row for row in rows if not row.well]
    for row in ill:
        for words in row.drift:
            console.print(Text.assemble(safe(row.name, "bold"), ": ", safe(words)), soft_wrap=True)
    if ill:
        console.print(f"{len(ill)} of {len(rows)} not as they should be; virtwright plan shows what apply would do.")


def _cells(row: Row, now: datetime | None) -> Sequence[Text | str]:
    style = "bold red" if row.state in (GONE, UNREACHABLE) else "yellow" if row.drift else "green"
    health = "red" if row.health == "unhealthy" else "green" if row.health == "healthy" else ""
    return (
        safe(row.name, "bold"),
        row.host,
        safe(row.state, style),
        row.address,
        safe(row.health or "-", health),
        age(row.created, now),
    )
