"""Checking a program by itself: no host, no state, no key."""

from tempfile import TemporaryDirectory

from virtwright.engine.api import Engine
from virtwright.engine.state.store import StateStore
from virtwright.errors import Problem
from virtwright.home import HOME_VARIABLE
from virtwright.stacks.base import Program
from virtwright.stacks.keys import Keys
from virtwright.trust import TRUSTED, Trust


def find_problems(program: Program, trust: Trust = TRUSTED) -> list[Problem]:
    """Everything that is wrong with ``program`` whatever the state and the hosts hold: it is planned against a state of
    its own, which is thrown away."""
    with TemporaryDirectory(prefix="virtwright-") as folder:
        keys = Keys({HOME_VARIABLE: folder})
        with StateStore.open(None, keys) as store:
            return Engine(store, trust=trust).validate(program)
