"""The one host of this process, and what is known of the objects on it."""

import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import field
from typing import Any, Final

from virtwright.engine.hosts import Listing, introduce, open_provider
from virtwright.engine.observing import as_stamped
from virtwright.errors import InputError, VirtwrightError
from virtwright.lazy_dataclasses import dataclass
from virtwright.plugin.adoption import is_of_plugin
from virtwright.plugin.place import Place
from virtwright.providers.base import Found, Handler, Observed, Provider
from virtwright.providers.contract import handlers_of
from virtwright.providers.hooks import Imports, offers
from virtwright.schemas.host import Host

_LONGEST_LIFE: Final = 60.0
"""Seconds after which a listing is made anew, whatever happened."""


@dataclass(slots=True)
class _Kept:
    """A listing, and what this process did since to objects in it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    listing: Listing | None = None
    taken: float = 0.0
    touched: set[str] = field(default_factory=set)


class Connection:
    """A host. Listings are kept: a refresh of a thousand resources asks the host once for each kind."""

    def __init__(self, name: str, host: Host) -> None:
        self.name = name
        self.host = host
        self.provider: Provider = open_provider(name, host)
        self._begin()
        self.slots = threading.BoundedSemaphore(host.max_parallel)
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._lock = threading.Lock()
        self._own: set[str] = set()

    def handler(self, place: Place) -> Handler[Any, Any]:
        """Raises ``InputError`` where the provider does not offer the kind."""
        handler = handlers_of(self.provider).get(place.kind.name)
        if handler is None:
            offered = ", ".join(sorted(handlers_of(self.provider)))
            raise InputError.one(
                f"the host {self.name} ({self.host.uri}) offers no {place.kind.name}", hint=f"it offers: {offered}"
            )
        return handler

    def listing(self, place: Place) -> Listing:
        """All objects of the kind that bear the stack's stamp."""
        return self._listing(place, None)

    def find(self, place: Place, id: str, *, known: bool) -> Observed[Any, Any] | None:
        """The object with that id as it is now, also one that somebody else made. None where it is gone, or another stack's; a
        stack that was renamed is none, which is to be believed where the engine has known the id before."""
        found = self._listing(place, id).by_id.get(id)
        if found is not None or (foreign := self._foreign(place, id)) is None:
            return found
        stamp = foreign.stamp
        if stamp is None or stamp.stack == place.stack:
            return as_stamped(foreign, str(place.urn), place.stack)
        if known and is_of_plugin(stamp.operation) and not stamp.is_signed:
            return Observed(stamp, foreign.id, foreign.inputs, foreign.outputs, foreign.drift)
        return None

    def is_there(self, place: Place, id: str) -> bool:
        """Whether anybody's object has that id."""
        return id in self._listing(place, id).by_id or self._foreign(place, id) is not None

    def touch(self, place: Place, *ids: str) -> None:
        """Remember that this process made, changed or deleted these objects."""
        kept = self._of(place)
        with kept.lock:
            kept.touched.update(ids)
            self._own.update(ids)

    def forget(self, place: Place) -> None:
        """Ask for the listing anew."""
        kept = self._of(place)
        with kept.lock:
            kept.listing = None

    def own(self) -> Collection[str]:
        """The objects that this process made, changed or deleted."""
        return frozenset(self._own)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Hold one of the host's slots. Foreign exceptions become a ``VirtwrightError``."""
        with self.slots:
            try:
                yield
            except VirtwrightError as error:
                raise error.located(host=self.name) from error.__cause__

    def close(self) -> None:
        self.provider.close()

    def _foreign(self, place: Place, id: str) -> Found[Any, Any] | None:
        handler = self.handler(place)
        return next((each for each in handler.find([id]) if each.id == id), None) if offers(handler, Imports) else None

    def _begin(self) -> None:
        """What the provider heard before is not what a new listing is to tell."""
        introduce(self.provider, lambda: {self.name: self.provider})

    def _of(self, place: Place) -> _Kept:
        with self._lock:
            return self._kept.setdefault((place.stack, place.kind.name), _Kept())

    def _listing(self, place: Place, id: str | None) -> Listing:
        kept = self._of(place)
        with kept.lock:  # the first asks; the others wait for its answer
            old = time.monotonic() - kept.taken > _LONGEST_LIFE
            if kept.listing is None or old or id in kept.touched:
                self._begin()
                kept.listing = Listing.of(tuple(self.handler(place).observe(place.stack)))
                kept.taken = time.monotonic()
                kept.touched.clear()
            return kept.listing
