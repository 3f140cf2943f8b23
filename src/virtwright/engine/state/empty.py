"""A store without any stack, for what is checked whatever the state holds."""

import difflib
import secrets
from typing import TYPE_CHECKING

from virtwright.errors import StateError
from virtwright.stacks.base import StackName
from virtwright.stacks.keys import PASSPHRASE_VARIABLES, Keys

if TYPE_CHECKING:
    from virtwright.engine.state.stack import StackState


class EmptyStore:
    """Nothing can be made in it."""

    def __init__(self) -> None:
        self.keys = Keys({PASSPHRASE_VARIABLES[0]: f"vwkey1-{secrets.token_urlsafe(32)}"})
        """A key of the moment, which is written nowhere."""

    def stacks(self) -> list[StackName]:
        return []

    def stack(self, name: StackName, *, create: bool = False) -> "StackState":
        """Raises ``StateError``: there is none."""
        raise missing(name, [])


def missing(name: StackName, names: list[StackName]) -> StateError:
    near = difflib.get_close_matches(name.short, [other.short for other in names], n=1)
    known = ", ".join(other.short for other in names[:10])
    if near:
        hint = f"did you mean {near[0]}?"
    else:
        hint = f"there are: {known}" if known else "create it by applying it:\n    virtwright apply"
    return StateError(f"there is no state of a stack {name.short}", hint=hint)
