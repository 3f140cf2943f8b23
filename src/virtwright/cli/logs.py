"""Log lines of one or several resources, printed as they come."""

import queue
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.text import Text

from virtwright.cli.json_lines import write_line
from virtwright.cli.reach import Source
from virtwright.cli.render.text import escape
from virtwright.cli.session import Session
from virtwright.providers.base import LogLine

_COLORS = ("cyan", "green", "magenta", "yellow", "blue", "red")
_MOST_WAITING = 1_000


@dataclass(frozen=True, slots=True)
class LogOptions:
    """How logs are asked for and shown."""

    follow: bool = False
    tail: int | None = None
    timestamps: bool = False


def print_logs(session: Session, sources: Sequence[Source], options: LogOptions) -> None:
    """Print all lines. Raises what reading them raises."""
    width = max(len(_mark(source)) for source in sources) if len(sources) > 1 else 0
    colors = {_mark(source): _COLORS[number % len(_COLORS)] for number, source in enumerate(sources)}
    for source, line in _all_lines(sources, options):
        if session.settings.json:
            write_line(sys.stdout, _to_json(source, line))
            continue
        mark = _mark(source)
        prefix = Text(f"{mark.ljust(width)} | ", colors[mark]) if width else Text()
        if options.timestamps:
            prefix.append(f"{line.time} ", "dim")
        text = escape(line.text) if session.out.is_terminal else line.text
        session.out.print(Text.assemble(prefix, text), soft_wrap=True)


def _mark(source: Source) -> str:
    return f"{source.name} on {source.host}" if source.host else source.name


def _to_json(source: Source, line: LogLine) -> dict[str, str]:
    where = {"host": source.host} if source.host else {}
    return {"resource": source.name, **where, "time": line.time, "stream": line.stream, "text": line.text}


def _all_lines(sources: Sequence[Source], options: LogOptions) -> Iterator[tuple[Source, LogLine]]:
    if len(sources) == 1:
        [source] = sources
        for line in source.operations.logs(source.id, follow=options.follow, tail=options.tail):
            yield source, line
    elif options.follow:
        yield from _merged(sources, options)
    else:
        lines = [
            (source, line)
            for source in sources
            for line in source.operations.logs(source.id, follow=False, tail=options.tail)
        ]
        yield from sorted(lines, key=lambda each: each[1].time)


def _merged(sources: Sequence[Source], options: LogOptions) -> Iterator[tuple[Source, LogLine]]:
    """Lines in the order in which they arrive, each source read by a thread of its own."""
    arrived: queue.Queue[tuple[Source, LogLine | BaseException | None]] = queue.Queue(_MOST_WAITING)

    def read(source: Source) -> None:
        try:
            for line in source.operations.logs(source.id, follow=True, tail=options.tail):
                arrived.put((source, line))
            arrived.put((source, None))
        except BaseException as error:  # noqa: BLE001  # raised again on the thread that prints
            arrived.put((source, error))

    for source in sources:
        threading.Thread(target=read, args=(source,), name=f"logs {_mark(source)}", daemon=True).start()
    open_sources = len(sources)
    while open_sources:
        source, item = arrived.get()
        if isinstance(item, LogLine):
            yield source, item
        elif item is None:
            open_sources -= 1
        else:
            raise item
