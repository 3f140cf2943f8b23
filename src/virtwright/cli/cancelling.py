"""One long piece of work that Ctrl-C cuts off: what it has begun is undone."""

from collections.abc import Iterator
from contextlib import contextmanager

from virtwright.cli.interrupt import interruptible, say_plainly
from virtwright.errors import CancelledError
from virtwright.providers.context import Context, Report


@contextmanager
def cancellable(report: Report) -> Iterator[Context]:
    """The work's context. Raises ``KeyboardInterrupt`` where it was cut off."""
    context = Context(progress=report)
    try:
        with interruptible(context.cancelled.set, lambda _: say_plainly("interrupted: undoing what was begun")):
            yield context
    except CancelledError as error:
        raise KeyboardInterrupt from error
