"""Makes the layer that hides what is the host's own."""

import os
from collections.abc import Sequence
from pathlib import Path

from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.calls import mount, pivot_root, umount
from virtwright.providers.namespace.kernel.errors import fail
from virtwright.providers.namespace.kernel.mounts import memory_file_system, move_mount
from virtwright.providers.namespace.own_mounts import in_own_mounts
from virtwright.providers.namespace.sandbox import host_mask, mask_layer
from virtwright.providers.namespace.sandbox.host_mask import Mask


def owners(first_id: int) -> tuple[int, ...]:
    """The host's ids for whose containers a layer has a tree, if it is to serve one whose ids begin with ``first_id``."""
    return (0,) if mask_layer.maps_ids() else (0, first_id)


def build(masks: Sequence[Mask], owners: Sequence[int]) -> int:
    """A file descriptor of a mount namespace with nothing but the layer, to be closed by the caller. Raises ``SandboxError``."""
    fd = memory_file_system("mask")
    try:
        for owner in owners:
            folder = f"/proc/self/fd/{fd}/{owner}"
            Path(folder).mkdir()
            os.chown(folder, owner, owner)
            host_mask.make(masks, folder, owner)
        return in_own_mounts(lambda: _alone(fd))
    except OSError as error:
        fail(error, f"hide what is the host's own ({error.filename})")
    finally:
        os.close(fd)


def _alone(layer: int) -> int:
    """Make ``layer`` the root of this mount namespace, and let go of all else."""
    mount("none", "/", "", k.MS_REC | k.MS_PRIVATE)
    namespace = os.open("/proc/thread-self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    move_mount(layer, "/proc")
    os.fchdir(layer)
    pivot_root(".", ".")
    umount(".", k.MNT_DETACH)
    return namespace
