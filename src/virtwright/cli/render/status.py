"""``status`` for people."""

from collections.abc import Iterator, Sequence
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
    silent = any(row.state == UNREACHABLE for row in ill)
    for name, words in dict.fromkeys(trouble for row in ill for trouble in _troubles(row)):
        console.print(Text.assemble(safe(name, "bold"), ": ", safe(words)), soft_wrap=True)
    if ill:
        more = "virtwright host check tests the hosts" if silent else "virtwright plan shows what apply would do"
        console.print(f"{len(ill)} of {len(rows)} not as they should be; {more}.")


def _troubles(row: Row) -> Iterator[tuple[str, str]]:
    """Each with whose it is: that of a host that can't be reached is said once, not for all that is on it."""
    name = row.host if row.state == UNREACHABLE else row.name
    yield from ((name, words) for words in row.drift)


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
