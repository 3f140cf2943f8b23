"""Makes the layers by which a container sees of the host what is shown."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.calls import mount, pivot_root, umount
from virtwright.providers.namespace.kernel.errors import fail
from virtwright.providers.namespace.kernel.mounts import is_stacked, memory_file_system, move_mount, open_tree
from virtwright.providers.namespace.own_mounts import in_own_mounts
from virtwright.providers.namespace.sandbox import host_etc, host_mask, mask_layer
from virtwright.providers.namespace.sandbox.host_mask import Entry
from virtwright.providers.namespace.sandbox.idmap import acting_as_nobody
from virtwright.providers.namespace.sandbox.mask_layer import HIDDEN, LIVE, VIEW


def owners(first_id: int) -> tuple[int, ...]:
    """The host's ids for whose containers a mask has a tree, if it is to serve one whose ids begin with ``first_id``."""
    return (0,) if mask_layer.maps_ids() else (0, first_id)


def build(private: Iterable[Path], shown: Iterable[str], owners: Sequence[int]) -> int:
    """A file descriptor of a mount namespace with nothing but the layers, to be closed by the caller. ``private`` and ``shown`` are as
    for ``host_mask.plan``, by their paths on the host. Raises ``SandboxError``."""
    return in_own_mounts(lambda: _build(private, shown, owners))


def _build(private: Iterable[Path], shown: Iterable[str], owners: Sequence[int]) -> int:
    """In a thread of its own, whose mounts, folder, umask, groups and rights are no other's."""
    os.umask(0)
    entries, unknown = _look(private, shown)
    fd = memory_file_system("mask")
    try:
        for owner in owners:
            _make(entries, unknown, f"/proc/self/fd/{fd}/{owner}", owner)
        return _alone(fd)
    except OSError as error:
        fail(error, f"make what is shown of the host ({error.filename})")
    finally:
        os.close(fd)


def _look(private: Iterable[Path], shown: Iterable[str]) -> tuple[list[Entry], list[str]]:
    """What is shown of the host's root, and the names at its top that are not: of its own file system, without what is mounted on it."""
    bare = open_tree("/")
    try:
        os.chdir(bare)
        hidden = [path.resolve().relative_to("/") for path in private]
        entries = host_mask.plan(Path(), hidden, shown, walk=is_stacked("/"))
        with acting_as_nobody():
            etc = host_etc.entries(Path(), Path("/"))
        return [*entries, *etc], host_mask.unknown(Path(), entries)
    finally:
        os.close(bare)


def _make(entries: list[Entry], unknown: Iterable[str], folder: str, owner: int) -> None:
    for path in (folder, *(f"{folder}/{part}" for part in (HIDDEN, LIVE, VIEW))):
        Path(path).mkdir(mode=0o755)
        os.chown(path, owner, owner)
    host_mask.make_opaque(f"{folder}/{LIVE}")
    host_mask.make(host_mask.live_folders(entries), f"{folder}/{LIVE}", owner)
    host_mask.make(entries, f"{folder}/{VIEW}", owner)
    for name in unknown:
        host_mask.hide(f"{folder}/{HIDDEN}/{name}")


def _alone(layer: int) -> int:
    """Make ``layer`` the root of this mount namespace, and let go of all else."""
    mount("none", "/", "", k.MS_REC | k.MS_PRIVATE)
    namespace = os.open("/proc/thread-self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    move_mount(layer, "/proc")
    os.fchdir(layer)
    pivot_root(".", ".")
    umount(".", k.MNT_DETACH)
    return namespace
