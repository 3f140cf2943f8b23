"""Files of a host that lie in none of its pools, reached through libvirt: as volumes of a pool over their folder, for a moment."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, TypeVar

from virtwright.errors import HostError
from virtwright.providers.libvirt.connection.errors import or_none
from virtwright.providers.libvirt.xml import element, to_text

if TYPE_CHECKING:
    from libvirt import virConnect, virStoragePool

T = TypeVar("T")
_one_at_a_time: Final = threading.Lock()
_TRIES: Final = 20
_PAUSE: Final = 0.1
"""Seconds before the next one."""


def in_folder(libvirt: "virConnect", folder: str, name: str, work: "Callable[[virStoragePool], T]") -> T:
    """What ``work`` returns of a pool called ``name`` over the folder, which is there for as long as that takes; one that somebody
    keeps there is as good. libvirt has one pool at most over a folder: runs of several stacks share it, and the first that is done
    ends it. ``work`` is then done once more, as what it did not find may be there. Raises ``HostError`` where that goes on."""
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    failed: lib.libvirtError | None = None
    for _ in range(_TRIES):
        try:
            with _pool_over(libvirt, folder, name) as pool:
                done = work(pool)
                if or_none(pool.isActive):
                    return done
        except lib.libvirtError as error:
            failed = error
        time.sleep(_PAUSE)
    if failed is not None:
        raise failed
    raise HostError(f"others end the storage pool over {folder} again and again", hint="apply again when they are done")


@contextmanager
def _pool_over(libvirt: "virConnect", folder: str, name: str) -> "Iterator[virStoragePool]":
    with _one_at_a_time:
        pool = or_none(lambda: libvirt.storagePoolLookupByTargetPath(folder))
        if pool is None:
            made = element("pool", element("name", name), element("target", element("path", folder)), type="dir")
            pool = libvirt.storagePoolCreateXML(to_text(made))
        else:
            pool.refresh()
        try:
            yield pool
        finally:
            if pool.name() == name:
                _end(pool)


def _end(pool: "virStoragePool") -> None:
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    with suppress(lib.libvirtError):  # another run has ended it, or is at a file of it
        pool.destroy()
