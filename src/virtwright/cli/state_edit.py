"""Writing to the state by hand: under the stack's lease, and noted in its history."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import uuid4

from virtwright.engine.history import whoami
from virtwright.engine.state.lease import Lease
from virtwright.engine.state.records import Changes, RunRecord, utc_now
from virtwright.engine.state.stack import StackState
from virtwright.errors import StateError


def hold(state: StackState, wait: float) -> AbstractContextManager[Lease]:
    """The stack's lease, waited for ``wait`` seconds. Raises ``LeaseHeldError``."""
    return state.acquire(holder=whoami(), wait=wait)


def edit(state: StackState, command: str, wait: float, agreed: int, make: Callable[[], Changes]) -> None:
    """Commit what ``make`` gives. ``agreed`` is the serial of the state that the user saw.

    Raises ``StateError`` where the state has changed since, and what ``make`` raises; nothing is written then.
    """
    with hold(state, wait) as lease:
        if state.serial != agreed:
            raise StateError(
                "the state was changed by somebody else in the meantime", hint="look again, then repeat it"
            )
        now = utc_now()
        run = RunRecord(
            id=uuid4().hex[:12], command=command, started=now, finished=now, result="succeeded", who=whoami()
        )
        state.commit(make().merged(Changes(runs=(run,))), lease)
