"""The layers of a host mask: a file system in memory, made once and used by every container.

It is a file system of its own because an overlay's layers must not lie inside one another. It is the root of a mount namespace that has nothing else
in it and no process: so it is mounted nowhere that anybody sees, holds nothing of the host, and each container takes a mount of it, with its own owners.
"""

import os
import re
from typing import Final

from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.calls import setns
from virtwright.providers.namespace.kernel.mounts import map_ids, move_mount, open_tree, return_to

VIEW: Final = "view"
"""The tree of all that is shown. Its live folders find the host's in the layer below."""
LIVE: Final = "live"
"""The live folders alone, for an overlay over the host's root."""
HIDDEN: Final = "hidden"
"""For an overlay at whose top the host's own names show: it hides those that the view does not have."""
_MAPS_SINCE: Final = (6, 3)
"""The version of Linux since which a file system in memory can map ids."""


def maps_ids() -> bool:
    """Whether one tree does for all containers, whatever ids they have."""
    version = re.match(r"(\d+)\.(\d+)", os.uname().release)
    return version is not None and (int(version[1]), int(version[2])) >= _MAPS_SINCE


def copied(namespace: int) -> int:
    """A mount of the layers, as a file descriptor. ``namespace`` is the mount namespace that has them (``mask_building``)."""
    home = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC), os.open("/", os.O_PATH | os.O_CLOEXEC)
    setns(namespace, k.CLONE_NEWNS)
    try:
        return open_tree("/")
    finally:
        return_to(*home)


def attach(layer: int, userns: int | None, owner: int, target: str) -> str:
    """Mount the layers at ``target``, an empty folder; the path of the layers in it that are for a container whose root is the host's id ``owner``."""
    if userns is not None and maps_ids():
        map_ids(layer, userns, what="the layer that hides what is the host's own")
        owner = 0
    move_mount(layer, target)
    os.close(layer)
    return f"{target}/{owner}"
