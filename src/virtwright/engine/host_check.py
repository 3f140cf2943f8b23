"""What a host itself can't do is told by the plan, before anything is touched."""

from collections.abc import Collection
from typing import Final

from virtwright.engine.desired import Desired, located
from virtwright.engine.hosts import Connection
from virtwright.engine.paths import parse_path
from virtwright.engine.run import Run
from virtwright.engine.step import Op, Step
from virtwright.errors import Problem, UnsupportedError
from virtwright.providers.hooks import ChecksHost, offers
from virtwright.schemas.model import Model
from virtwright.schemas.values import Path

_CHANGING: Final = frozenset({Op.CREATE, Op.UPDATE, Op.REPLACE, Op.MOVE})


async def check_host(run: Run, place: Connection, desired: Desired, step: Step) -> None:
    """Ask the host about what is to be made or changed. Raises ``UnsupportedError`` with the places in the stack."""
    handler = place.handlers.get(step.kind)
    if step.op not in _CHANGING or not run.observing or not offers(handler, ChecksHost):
        return
    changed = [change.path for change in step.changes] if step.op is Op.UPDATE else None
    try:
        await run.hosts.call(place, lambda: refuse(handler, desired.model, changed))
    except UnsupportedError as error:
        raise located(error, desired.goal) from error.__cause__


def refuse(handler: object, inputs: Model, changed: Collection[Path] | None) -> None:
    """Raise what the host can't do; of an object that is there, where only the fields ``changed`` change, just what is wrong with
    those: it is as it is."""
    if not offers(handler, ChecksHost):
        return
    try:
        handler.check_host(inputs)
    except UnsupportedError as error:
        fields = {path[0] for path in changed} if changed is not None else None
        problems = [each for each in error.problems if fields is None or _field(each) in fields]
        if problems:
            raise UnsupportedError.of(problems) from error.__cause__


def _field(problem: Problem) -> str | int | None:
    return parse_path(problem.where.path)[0] if problem.where.path else None
