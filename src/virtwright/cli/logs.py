"""Log lines of one or several resources, printed as they come."""

import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from rich.text import Text

from virtwright.cli.json_lines import write_line
from virtwright.cli.reach import Reach, Source
from virtwright.cli.render.text import escape
from virtwright.cli.session import Session
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import LogLine

_COLORS = ("cyan", "green", "magenta", "yellow", "blue", "red")
_MOST_WAITING = 1_000
_LOOK = 1.0
"""Seconds between two looks for copies that are new."""


@dataclass(frozen=True, slots=True)
class LogOptions:
    """How logs are asked for and shown."""

    follow: bool = False
    tail: int | None = None
    timestamps: bool = False


@dataclass(frozen=True, slots=True)
class Growing:
    """Services whose copies have logs of their own: what is followed grows by the copies that are made meanwhile."""

    look: Callable[[], Sequence[Source]]
    """The copies that there are now."""
    lives: Callable[[], bool]
    """Whether more may come: one of the services was not deleted."""


def growing_of(hosts: Reach, names: Sequence[str]) -> Growing | None:
    """Of the services with these names; None where there are none."""
    if not names:
        return None
    return Growing(
        lambda: [each for name in names for each in hosts.sources_now(name)], lambda: any(map(hosts.is_known, names))
    )


def print_logs(
    session: Session, sources: Sequence[Source], options: LogOptions, growing: Growing | None = None
) -> None:
    """Print all lines. Raises what reading them raises."""
    marks = Marks(sources, wanted=len(sources) > 1 or growing is not None)
    for source, line in _all_lines(sources, options, growing):
        if session.settings.json:
            write_line(sys.stdout, _to_json(source, line))
            continue
        prefix = marks.before(source)
        if options.timestamps:
            prefix.append(f"{line.time} ", "dim")
        text = escape(line.text) if session.out.is_terminal else line.text
        session.out.print(Text.assemble(prefix, text), soft_wrap=True)


class Marks:
    """What the lines of several sources begin with."""

    def __init__(self, sources: Sequence[Source], *, wanted: bool) -> None:
        self._wanted = wanted
        self._width = max((len(_mark(source)) for source in sources), default=0)
        self._colors: dict[str, str] = {}

    def before(self, source: Source) -> Text:
        if not self._wanted:
            return Text()
        mark = _mark(source)
        color = self._colors.setdefault(mark, _COLORS[len(self._colors) % len(_COLORS)])
        return Text(f"{mark.ljust(self._width)} | ", color)


def _mark(source: Source) -> str:
    return f"{source.name} on {source.host}" if source.host else source.name


def _to_json(source: Source, line: LogLine) -> dict[str, str]:
    where = {"host": source.host} if source.host else {}
    return {"resource": source.name, **where, "time": line.time, "stream": line.stream, "text": line.text}


def _all_lines(
    sources: Sequence[Source], options: LogOptions, growing: Growing | None
) -> Iterator[tuple[Source, LogLine]]:
    if len(sources) == 1 and growing is None:
        [source] = sources
        for line in source.operations.logs(source.id, follow=options.follow, tail=options.tail):
            yield source, line
    elif options.follow:
        yield from Merged(options, growing).lines(sources)
    else:
        lines = [
            (source, line)
            for source in sources
            for line in source.operations.logs(source.id, follow=False, tail=options.tail)
        ]
        yield from sorted(lines, key=lambda each: each[1].time)


class Merged:
    """Lines of several sources in the order in which they arrive, each source read by a thread of its own."""

    def __init__(self, options: LogOptions, growing: Growing | None) -> None:
        self._options = options
        self._growing = growing
        self._arrived: queue.Queue[tuple[Source, LogLine | BaseException | None]] = queue.Queue(_MOST_WAITING)
        self._read: set[tuple[str, str]] = set()
        self._open = 0
        self._next_look = time.monotonic() + _LOOK

    def lines(self, sources: Sequence[Source]) -> Iterator[tuple[Source, LogLine]]:
        for source in sources:
            self._begin(source, self._options.tail)
        while self._open or (self._growing is not None and self._growing.lives()):
            self._look()
            try:
                source, item = self._arrived.get(timeout=self._patience())
            except queue.Empty:
                continue
            if isinstance(item, LogLine):
                yield source, item
            elif item is None:
                self._open -= 1
            else:
                raise item

    def _patience(self) -> float | None:
        return None if self._growing is None else max(0.0, self._next_look - time.monotonic())

    def _look(self) -> None:
        """Begin to read what is new. Of that all is wanted: it was made while its service is followed."""
        if self._growing is None or time.monotonic() < self._next_look:
            return
        for source in self._growing.look():
            self._begin(source, None)
        self._next_look = time.monotonic() + _LOOK

    def _begin(self, source: Source, tail: int | None) -> None:
        key = (source.name, source.id)
        if key in self._read:
            return
        self._read.add(key)
        self._open += 1
        threading.Thread(target=self._carry, args=(source, tail), name=f"logs {_mark(source)}", daemon=True).start()

    def _carry(self, source: Source, tail: int | None) -> None:
        try:
            for line in source.operations.logs(source.id, follow=True, tail=tail):
                self._arrived.put((source, line))
            self._arrived.put((source, None))
        except BaseException as error:  # noqa: BLE001  # raised again on the thread that prints
            self._arrived.put((source, error))
