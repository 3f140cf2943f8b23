"""What a handler does where the name of an object that it is to make is taken."""

from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.names import other_name


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has the name."""

    stamp: Stamp
    id: str
    made: str = ""
    """As ``Observed`` has it."""


class TakenError(HostError):
    """The very resource of the very stack is there already, made by another state since this one looked. Nothing was made."""

    def __init__(self, holder: Holder) -> None:
        stamp = holder.stamp
        super().__init__(
            f"{holder.id} is there already, and belongs to another state: its stack {stamp.stack} has the identity {stamp.identity}",
            hint="give the stack another name or the resource another host, or use the state that made it",
        )
        self.holder = holder


def name_beside(name: str, stamp: Stamp, holder: Holder | None, context: Context) -> str:
    """A name for what is to stand beside the holder of its own; None is somebody who bears no stamp. Raises ``TakenError``."""
    refuse_twin(stamp, holder, context)
    return other_name(name, stamp.operation)


def refuse_twin(stamp: Stamp, holder: Holder | None, context: Context) -> None:
    """Raises ``TakenError`` where the holder is the same resource, and another state's: it would be made twice."""
    if holder is None or not holder.stamp.is_signed:
        return
    theirs = holder.stamp
    same = (theirs.stack, theirs.urn) == (stamp.stack, stamp.urn)
    if same and theirs.identity not in (stamp.identity, context.replaced_identity):
        raise TakenError(holder)
