"""The layer of a host mask: a file system in memory, made once and used by every container.

It is an overlay's layer of its own file system because layers must not lie inside one another. It is the root of a mount namespace that has nothing else
in it and no process: so it is mounted nowhere that anybody sees, holds nothing of the host, and each container takes a mount of it, with its own owners.
"""

import os
import re
from typing import Final

from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.calls import setns
from virtwright.providers.namespace.kernel.mounts import map_ids, move_mount, open_tree, return_to

_MAPS_SINCE: Final = (6, 3)
"""The version of Linux since which a file system in memory can map ids."""


def maps_ids() -> bool:
    """Whether one layer does for all containers, whatever ids they have."""
    version = re.match(r"(\d+)\.(\d+)", os.uname().release)
    return version is not None and (int(version[1]), int(version[2])) >= _MAPS_SINCE


def copied(namespace: int) -> int:
    """A mount of the layer, as a file descriptor. ``namespace`` is the mount namespace that has it (``mask_building``)."""
    home = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC), os.open("/", os.O_PATH | os.O_CLOEXEC)
    setns(namespace, k.CLONE_NEWNS)
    try:
        return open_tree("/")
    finally:
        return_to(*home)


def attach(layer: int, userns: int | None, owner: int, target: str) -> str:
    """Mount the layer at ``target``, an empty folder; the path of the tree in it that is for a container whose root is the host's id ``owner``."""
    if userns is not None and maps_ids():
        map_ids(layer, userns, what="the layer that hides what is the host's own")
        owner = 0
    move_mount(layer, target)
    os.close(layer)
    return f"{target}/{owner}"
