"""The layer of a host mask: a file system in memory that is mounted nowhere, made once and used by every container.

It is an overlay's layer of its own file system because layers must not lie inside one another.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from virtwright.providers.namespace.kernel.errors import fail
from virtwright.providers.namespace.kernel.mounts import memory_file_system
from virtwright.providers.namespace.sandbox import host_mask, idmap
from virtwright.providers.namespace.sandbox.host_mask import Mask

_OWNERS: Final = (0, idmap.FIRST)
"""The host's ids that the root of a container can have."""


def build(masks: Sequence[Mask]) -> int:
    """A file descriptor of the layer, to be closed by the caller. Raises ``SandboxError``."""
    fd = memory_file_system("mask")
    try:
        for owner in _OWNERS:
            folder = layer_path(fd, owner)
            Path(folder).mkdir()
            os.chown(folder, owner, owner)
            host_mask.make(masks, folder, owner)
    except OSError as error:
        os.close(fd)
        fail(error, f"hide what is the host's own ({error.filename})")
    return fd


def layer_path(fd: int, owner: int) -> str:
    """Where this process finds the layer for a container whose root is the host's id ``owner``."""
    return f"/proc/self/fd/{fd}/{owner}"
