"""The edge of the provider: what needs root says so, and no lower library's exception passes."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Final, Generic

from virtwright.errors import HostError, Problem
from virtwright.providers.base import Handler, InputsT, Observed, OutputsT, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Diff
from virtwright.providers.hooks import Stops, WarnsStanding, offers
from virtwright.providers.namespace.kernel.errors import SandboxError
from virtwright.schemas.values import Properties

_HINT: Final = "run it as root:\n    sudo virtwright ..."


def require_root() -> None:
    """Raises ``HostError`` for anybody else."""
    if os.geteuid() != 0:
        raise HostError("the namespace runtime needs root: it makes namespaces, mounts and network devices", hint=_HINT)


@contextmanager
def guarded() -> Iterator[None]:
    """Asks for root, and turns the kernel's refusals into ``HostError``."""
    require_root()
    try:
        yield
    except SandboxError as error:
        raise HostError(error.message) from error
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        raise HostError(f"the machine refused an operation: {place}{error.strerror or error}") from error


class AsRoot(Generic[InputsT, OutputsT]):
    """A handler behind that edge. ``check`` and ``diff`` touch nothing and may be asked by anybody."""

    def __init__(
        self, make: Callable[[], Handler[InputsT, OutputsT]], tidy: Callable[[], None], recorded: Callable[[str], bool]
    ) -> None:
        """``make`` loads and makes the handler, when it is first needed. ``recorded`` tells whether a stack has an object of the
        kind."""
        self._make = make
        self._tidy = tidy
        self._recorded = recorded

    @cached_property
    def _handler(self) -> Handler[InputsT, OutputsT]:
        return self._make()

    def check(self, inputs: InputsT) -> InputsT:
        return self._handler.check(inputs)

    def diff(self, prior: InputsT, goal: InputsT) -> Diff:
        return self._handler.diff(prior, goal)

    def standing_warnings(self, inputs: Properties) -> Iterable[Problem]:
        """Touches nothing either."""
        return self._handler.standing_warnings(inputs) if offers(self._handler, WarnsStanding) else ()

    def create(self, stamp: Stamp, inputs: InputsT, context: Context) -> OutputsT:
        with guarded():
            return self._handler.create(stamp, inputs, context)

    def update(self, id: str, stamp: Stamp, prior: InputsT, goal: InputsT, context: Context) -> OutputsT:
        with guarded():
            return self._handler.update(id, stamp, prior, goal, context)

    def delete(self, id: str, context: Context) -> None:
        with guarded():
            self._handler.delete(id, context)

    def tidy(self, stack: str, identity: str) -> None:
        """Whosever it is: creations and removals hold the root's lock, so that what is found was left."""
        with guarded():
            self._tidy()

    def observe(self, stack: str) -> Iterable[Observed[InputsT, OutputsT]]:
        with guarded():
            return list(self._handler.observe(stack)) if self._recorded(stack) else []


class AsRootRunning(AsRoot[InputsT, OutputsT]):
    """One of a kind that runs."""

    def stop(self, id: str, context: Context) -> None:
        with guarded():
            if offers(self._handler, Stops):
                self._handler.stop(id, context)
