"""Taking a stack's lease before a run that changes something."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from virtwright.engine.events import LeaseWaiting, Listener
from virtwright.engine.history import whoami
from virtwright.engine.plan import Plan, RunOptions
from virtwright.errors import CancelledError, LeaseHeldError, RefusedError
from virtwright.lazy_dataclasses import dataclass
from virtwright.stacks.base import Program, StackName
from virtwright.stacks.cipher import Cipher

if TYPE_CHECKING:
    from virtwright.engine.state.empty import EmptyStore
    from virtwright.engine.state.lease import Lease
    from virtwright.engine.state.stack import StackState
    from virtwright.engine.state.store import StateStore

_PATIENCE = 0.5
"""Seconds to wait before looking whether the user still wants to."""


@dataclass(slots=True)
class Taking:
    """One attempt to take the lease."""

    state: "StackState"
    options: RunOptions
    listen: Listener
    interrupted: Callable[[], bool]
    told: str = ""
    """The last holder that was shown."""

    def lease(self) -> "Lease":
        """Raises ``LeaseHeldError``, and ``CancelledError`` where the user does not want to wait any longer."""
        end = time.monotonic() + self.options.lease_wait
        while True:
            left = end - time.monotonic()
            try:
                wait = max(0.0, min(left, _PATIENCE))
                return self.state.acquire(holder=whoami(), wait=wait, ttl=self.options.lease_ttl, on_wait=self._waiting)
            except LeaseHeldError as error:
                if self.interrupted():
                    raise CancelledError("interrupted while waiting for the lease; nothing was changed") from error
                if left <= _PATIENCE:
                    raise

    def _waiting(self, holder: str, expires_in: float) -> None:
        if holder != self.told:
            self.told = holder
            self.listen(LeaseWaiting(holder, expires_in))


def bind(store: "StateStore | EmptyStore", program: Program) -> str:
    """What binds a saved plan to the program and its configuration. A keyed hash: who reads the plan must not be able to guess at
    secrets that stand in either."""
    return Cipher.from_keys(store.keys).mac(b"virtwright plan\0" + program.digest.encode())


def check_saved(store: "StateStore | EmptyStore", plan: Plan) -> None:
    """As ``check_serial``, for a stack that may not be there (yet, or any more)."""
    project, _, stack = plan.stack.partition("/")
    name = StackName(project, stack)
    if name in store.stacks():
        check_serial(store.stack(name), plan)
    elif plan.serial > 0:
        raise RefusedError(
            f"this plan was made for {name.short}, and the state holds no such stack",
            hint="use the state that it was made with (--state, VIRTWRIGHT_STATE, VIRTWRIGHT_HOME), or plan again",
        )


def check_serial(state: "StackState", plan: Plan) -> None:
    """Raises ``RefusedError`` where the state is not the one that the plan was made from."""
    if state.serial != plan.serial:
        raise RefusedError(
            f"the state of {state.name.short} has changed since this plan was made: its serial was "
            f"{plan.serial} then, and is {state.serial} now",
            hint="somebody else changed the stack; plan again",
        )
