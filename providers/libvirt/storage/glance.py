"""One listing of a host's storage for all kinds that are kept in it: the engine asks for each at the same time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Final

from virtwright.providers.libvirt.connection.connection import LibvirtConnection

if TYPE_CHECKING:
    from virtwright.providers.libvirt.storage.listing import Holding

_FRESH: Final = 1.0
"""Seconds for which a listing is good for the next kind, where nothing was changed by this process."""


class Glance:
    """Of one host."""

    def __init__(self, connection: LibvirtConnection) -> None:
        self._host = connection
        self._lock = Lock()
        self._seen: list[Holding] = []
        self._until = 0.0
        self._told: set[str] = set()
        """The kinds that were told what was seen: who asks again wants to know what is there now."""

    def holdings(self, kind: str) -> "list[Holding]":
        """All that bears a stamp and is of the kind."""
        from virtwright.providers.libvirt.storage.listing import holdings

        with self._lock:
            if kind in self._told or time.monotonic() >= self._until:
                began = time.monotonic()
                self._seen = self._host.call("list its volumes", holdings, repeatable=True)
                self._until = began + _FRESH
                self._told = set()
            self._told.add(kind)
            return [each for each in self._seen if each.kind == kind]

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Something is changed meanwhile: what was seen before counts no more."""
        self._forget()
        try:
            yield
        finally:
            self._forget()

    def _forget(self) -> None:
        with self._lock:
            self._until = 0.0
