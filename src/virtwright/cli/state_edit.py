"""Writing to the state by hand: under the stack's lease, and noted in its history."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

from virtwright.cli.records import records_of
from virtwright.engine.history import whoami
from virtwright.engine.state.lease import Lease
from virtwright.engine.state.records import Changes, RunRecord, utc_now
from virtwright.engine.state.stack import StackState
from virtwright.engine.state.store import StateStore
from virtwright.errors import StateError
from virtwright.stacks.base import StackName

if TYPE_CHECKING:
    from virtwright.cli.session import Session


def hold(state: StackState, wait: float) -> AbstractContextManager[Lease]:
    """The stack's lease, waited for ``wait`` seconds. Raises ``LeaseHeldError``."""
    return state.acquire(holder=whoami(), wait=wait)


def edit(state: StackState, command: str, wait: float, agreed: int, make: Callable[[], Changes]) -> None:
    """Commit what ``make`` gives. ``agreed`` is the serial of the state that the user saw.

    Raises ``StateError`` where the state has changed since, and what ``make`` raises; nothing is written then.
    """
    with hold(state, wait) as lease:
        check_unchanged(state, agreed)
        now = utc_now()
        run = RunRecord(
            id=uuid4().hex[:12], command=command, started=now, finished=now, result="succeeded", who=whoami()
        )
        state.commit(make().merged(Changes(runs=(run,))), lease)


def check_unchanged(state: StackState, serial: int) -> None:
    """Raises ``StateError`` where the state has another serial now. Call it under the lease."""
    if state.serial != serial:
        raise StateError("the state was changed by somebody else in the meantime", hint="look again, then repeat it")


@contextmanager
def hold_or_make(store: StateStore, name: StackName, wait: float) -> Iterator[tuple[StackState, Lease]]:
    """The stack and its lease; a stack that was not there before is none again where this fails."""
    there = name in store.stacks()
    state = store.stack(name, create=True)
    with hold(state, wait) as lease:
        try:
            yield state, lease
        except BaseException:
            if not there:
                store.delete_stack(name, lease)
            raise


def replace_state(
    session: "Session",
    name: StackName,
    source: str,
    bring_in: Callable[[StackState, Lease], list[str]],
    *,
    yes: bool,
    wait: float,
) -> int:
    """Ask, and let ``bring_in`` put what ``source`` holds in the place of the stack's state; it returns remarks. Where it
    raises, nothing is changed, and no stack is left that was not there before."""
    from virtwright.cli.ask import agreed

    known = records_of(session.store, name)
    words = f"The state of {name.short} ({len(known)} resources now) will be replaced by {source}."
    if not agreed(session, words, yes=yes):
        return 1
    with hold_or_make(session.store, name, wait) as (state, lease):
        remarks = bring_in(state, lease)
    for remark in remarks:
        session.warn(f"Note: {remark}.")
    session.warn(f"Imported {len(state.resources())} resources.")
    return 0
