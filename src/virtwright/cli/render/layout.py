"""Lines with a prefix, wrapped so that what follows hangs under the body."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

_NARROWEST = 20


def hanging(console: Console, prefix: Text, body: Text, *, rest: Text | None = None) -> Iterator[Text]:
    """``prefix`` + ``body``, wrapped at the console's width; later lines start with ``rest`` (default: blanks), padded to
    the prefix's width."""
    if "\n" not in body.plain and prefix.cell_len + body.cell_len <= console.width:
        yield Text.assemble(prefix, body)
        return
    lead = rest.copy() if rest else Text()
    if prefix.cell_len + _NARROWEST > console.width:
        yield from prefix.wrap(console, console.width, overflow="fold")
        prefix = Text.assemble(lead, "  ")
    room = max(_NARROWEST, console.width - prefix.cell_len)
    lead.append(" " * max(0, prefix.cell_len - lead.cell_len))
    for number, line in enumerate(body.wrap(console, room, overflow="fold")):
        line.rstrip()
        yield Text.assemble(prefix if number == 0 else lead, line)


def pad(text: Text, width: int) -> Text:
    """``text`` filled up with blanks to ``width`` cells."""
    padded = text.copy()
    padded.append(" " * max(0, width - text.cell_len))
    return padded
