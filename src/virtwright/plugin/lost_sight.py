"""What on the host the engine has lost sight of: found before something is made, and removed where nothing is made any more."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import field
from typing import Final

from virtwright.engine.selection import address
from virtwright.errors import RefusedError, VirtwrightError
from virtwright.lazy_dataclasses import dataclass
from virtwright.plugin.adoption import Seen, Unspoken, unspoken
from virtwright.plugin.connection import Connection
from virtwright.plugin.consent import TAKE_OVER, check_loss, takes_over
from virtwright.plugin.creations import Creations, CutOff
from virtwright.plugin.place import Place
from virtwright.providers.context import Context
from virtwright.providers.hooks import Lingers, offers

_LEFT: Final = "which a run that was killed has left"


@dataclass(slots=True)
class LostSight:
    """Of one process."""

    connection: Connection
    creations: Creations
    warn: Callable[[str, str], None]
    """Tells the user: a URN and a message."""
    _began: float = field(default_factory=time.monotonic)
    _known: set[str] = field(default_factory=set)
    """The ids that the engine spoke of, under whichever URN."""
    _wanted: set[str] = field(default_factory=set)
    """The URNs that the program has."""
    _failed: set[str] = field(default_factory=set)
    """Creations that were cut off and of which something stays."""
    _removing: threading.Lock = field(default_factory=threading.Lock)

    def speaks_of(self, id: str) -> None:
        """The engine does."""
        self._known.add(id)

    def wants(self, place: Place) -> None:
        """The program does."""
        self._wanted.add(str(place.urn))

    def of(self, place: Place) -> Unspoken:
        """What bears the name of a resource that is to be made. Raises ``RefusedError`` where a state of virtwright's own has its
        place. What is whole and of unknown origin is left alone, which is told, unless the user said that it is to be taken over."""
        cut_off = self._of_urn(place)
        if cut_off:
            self._linger(place)
        objects, own = self.connection.listing(place).of_urn(place.urn), self.connection.own()
        _refuse_taken(place, objects, {*self._known, *own})
        found = unspoken(objects, self._known, own, {each.operation for each in cut_off})
        if not takes_over(place):
            for each in found.whole:
                self.warn(str(place.urn), _namesake(place, each))
        return found

    def settled(self, place: Place) -> None:
        """All that creations of this resource have left is taken over or gone."""
        for each in self._of_urn(place):
            self.creations.end(each.operation)

    def tell(self, stack: str) -> None:
        """Name what runs that were killed may have left."""
        for each in self.creations.cut_off(stack):
            place = Place.of(each.urn)
            self.warn(
                "",
                f"a run was killed while it made {address(place.urn)} on {self.connection.host.uri}: `pulumi up` takes over what is"
                " there, and `pulumi destroy` removes it as long as it has something else to delete there. By hand:\n"
                f"    virtwright host gc {self.connection.host.uri} --remove {stack}",
            )

    def remove(self, stack: str, context: Context) -> None:
        """Remove what killed runs left of resources that the program does not have, before what it may use is deleted."""
        with self._removing:
            for each in self.creations.cut_off(stack):
                if each.urn not in self._wanted and each.operation not in self._failed:
                    self._remove(Place.of(each.urn), each, context)

    def _remove(self, place: Place, cut_off: CutOff, context: Context) -> None:
        with self.creations.claimed(cut_off.operation) as free:
            if not free:
                return
            self._linger(place)
            objects = self.connection.listing(place).of_urn(place.urn)
            for found in (each for each in objects if each.stamp.operation == cut_off.operation and not each.displaced):
                what = f"{address(place.urn)} ({found.id}), {_LEFT},"
                try:
                    check_loss(place, "deleted")
                    self.connection.handler(place).delete(found.id, context)
                except VirtwrightError as error:
                    self._failed.add(cut_off.operation)
                    self.warn(str(place.urn), f"{what} stays: {error.message}")
                    return
                finally:
                    self.connection.touch(place, found.id)
                self.warn(str(place.urn), f"{what} was removed")
            self.creations.end(cut_off.operation)

    def _of_urn(self, place: Place) -> list[CutOff]:
        return [each for each in self.creations.cut_off(place.stack) if each.urn == str(place.urn)]

    def _linger(self, place: Place) -> None:
        """Look anew, and only when what a killed process had asked the host for has come to its end."""
        handler = self.connection.handler(place)
        if offers(handler, Lingers):
            time.sleep(max(0.0, self._began + handler.linger - time.monotonic()))
        self.connection.forget(place)


def _refuse_taken(place: Place, objects: Iterable[Seen], known: set[str]) -> None:
    """Raises ``RefusedError`` where a state of virtwright's own has something in the place of what is to be made."""
    taken = (each for each in objects if each.stamp.is_signed and not each.displaced)
    other = next((each for each in taken if each.id not in known), None)
    if other is not None:
        raise RefusedError(
            f"{address(place.urn)} ({other.id}) is there already, and belongs to a state of virtwright's own: its stack"
            f" {other.stamp.stack} has the identity {other.stamp.identity}",
            hint="give the stack another name or the resource another host, or bring that state here:\n"
            "    virtwright state export --pulumi\n    pulumi stack import",
        )


def _namesake(place: Place, seen: Seen) -> str:
    name = address(place.urn)
    return (
        f"{seen.id} on the host bears the name of {name}, and Pulumi has not spoken of it: it was retained, has another name by"
        f" now, or was left by a run on another machine. It is left alone, and {name} is made beside it. If it is to be {name}:\n"
        f"    {TAKE_OVER}={name} pulumi up"
    )
