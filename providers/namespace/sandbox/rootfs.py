"""The root file system: an overlay of the layers with the container's own layer on top, made the root for good."""

import os
from pathlib import Path

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.archives.confined import open_unlinked
from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.calls import mount, pivot_root, umount
from virtwright.providers.namespace.kernel.errors import SandboxError, fail
from virtwright.providers.namespace.kernel.mounts import is_stacked, map_ids, move_mount, open_tree, restrict
from virtwright.providers.namespace.sandbox import files, mask_layer
from virtwright.providers.namespace.sandbox.idmap import acting_as, acting_as_nobody
from virtwright.providers.namespace.sandbox.mask_layer import HIDDEN, LIVE, VIEW
from virtwright.providers.namespace.sandbox.spec import HOST, MountPoint, SandboxSpec

LAYER = "layer"
"""Folder of the writable layer, inside the container's own."""


class IdMapError(SandboxError):
    """A file system in use can't map ids."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A detached mount that waits for its place."""

    fd: int
    point: MountPoint
    is_folder: bool
    own: bool
    """A file of the runtime's, which tells the container of its networks."""


def writable_layer(folder: str) -> Path:
    """Where the container's changes to its root file system are kept."""
    return Path(folder) / LAYER / "upper"


def prepare_folders(folder: str) -> None:
    """Make what the overlay needs."""
    for name in (f"{LAYER}/upper", f"{LAYER}/work", "root"):
        path = Path(folder) / name
        if not path.exists():
            path.mkdir(parents=True)
            path.chmod(0o755)  # whatever the umask is: the first of them is the root that programs inside see


def detach(path: str, userns: int | None, *, recursive: bool = False, attributes: int = 0) -> int:
    """A copy of the mount at ``path`` that stands nowhere yet, its owners mapped, its use restricted."""
    fd = open_tree(path, recursive=recursive)
    restrict(fd, attributes, recursive=recursive, what=path)
    if userns is not None:
        try:
            map_ids(fd, userns, recursive=recursive, what=path)
        except SandboxError as error:
            raise IdMapError(f"{error.message} (set user_namespace: false)", number=error.number) from error
    return fd


def collect(spec: SandboxSpec, userns: int | None) -> list[Attached]:
    """Take hold of every source while the host's tree can still be seen. What lies in the container's own folder is the
    runtime's, and read-only inside: no limit of the container's holds for its size."""
    found = []
    for point in spec.mounts:
        own = point.source.startswith(f"{spec.folder}/")
        attributes = k.MOUNT_ATTR_NODEV | (k.MOUNT_ATTR_RDONLY if point.read_only or own else 0)
        fd = detach(point.source, userns, recursive=True, attributes=attributes)
        found.append(Attached(fd, point, Path(point.source).is_dir(), own))
    return found


def enter(spec: SandboxSpec, userns: int | None, owner: int, mask: int | None) -> None:
    """Build the overlay and make it this mount namespace's root; nothing of the host's tree remains.

    ``mask`` is a mount of the layers of what is shown of the host, for the layer ``HOST`` (see ``mask_layer``)."""
    mount("none", "/", "", k.MS_REC | k.MS_PRIVATE)
    stage = f"{spec.folder}/root"
    mount("tmpfs", stage, "tmpfs", k.MS_NODEV | k.MS_NOSUID, "size=16m,mode=711")
    os.chdir(stage)
    lower: list[str] = []
    for index, layer in enumerate(spec.layers):
        Path(f"l{index}").mkdir()
        _attach("/" if layer == HOST else layer, userns, f"l{index}")
        above = [f"l{index}"]
        if layer == HOST and mask is not None:
            Path("mask").mkdir()
            shown = mask_layer.attach(mask, userns, owner, "mask")
            above = _shown(f"l{index}", shown, alone=spec.privileged)
        lower = [*above, *lower]
    Path("own").mkdir()
    _attach(f"{spec.folder}/{LAYER}", userns, "own")
    Path("all").mkdir()
    options = f"lowerdir={':'.join(lower)},upperdir=own/upper,workdir=own/work,index=off"
    if HOST in spec.layers:
        options += ",redirect_dir=follow"  # which the mask goes by
    with acting_as(owner):  # the overlay makes files as whoever mounted it
        mount("overlay", "all", "overlay", 0 if spec.privileged else k.MS_NODEV, options)
    os.chdir("all")
    pivot_root(".", ".")
    umount(".", k.MNT_DETACH)
    os.chdir("/")


def _attach(path: str, userns: int | None, target: str) -> None:
    fd = detach(path, userns)
    move_mount(fd, target)
    os.close(fd)  # it leads to the host's own files, past the overlay


def _shown(host: str, mask: str, *, alone: bool) -> list[str]:
    """The layers, highest first, by which the root file system mounted at ``host`` shows what the mask says and no more.

    What is live comes through an overlay of its own. An overlay opens what lies below it with the rights of who mounted it, so one that
    nobody mounted opens just what everybody on the host may read, whenever that was written. Where the host's root is an overlay itself
    the kernel allows no further one, and the mask has what to hide. ``alone``: do without, for a privileged container, which is to make overlays itself."""
    if alone or is_stacked("/"):
        return [f"{mask}/{HIDDEN}", f"{mask}/{VIEW}", host]
    public = f"{host}-public"
    Path(public).mkdir()
    with acting_as_nobody():
        options = f"lowerdir={mask}:{host},index=off,redirect_dir=follow"
        mount("overlay", public, "overlay", k.MS_RDONLY | k.MS_NODEV, options)
    return [f"{mask}/{VIEW}", f"{public}/{LIVE}"]


def attach(sources: list[Attached], owner: int) -> None:
    """Put the mounts in their places, making these where they are missing."""
    for source in sources:
        try:
            target = files.resolved(source.point.target)
        except OSError as error:
            fail(error, f"mount on {error.filename}")
        if source.own and target.startswith("/dev/"):
            os.close(source.fd)  # the image has a link there, as from /etc/resolv.conf to /dev/null: it wants none
            continue
        if target == "/" or target.startswith(("/proc/", "/sys/")) or target in ("/proc", "/sys", "/dev"):
            raise SandboxError(f"nothing can be mounted on {source.point.target}")
        try:
            with acting_as(owner):
                make_place(target, folder=source.is_folder)
        except (FileExistsError, NotADirectoryError) as error:
            raise SandboxError(f"can't mount on {target}: what is there, or above it, is no folder") from error
        except OSError as error:
            fail(error, f"make the mount point {target}")
        place = _opened(target)
        move_mount(source.fd, target, place)
        for fd in (place, source.fd):
            os.close(fd)


def _opened(target: str) -> int:
    """The place at ``target``, whose links were resolved: a volume may be another container's too, which may put a link there
    at any moment (CVE-2021-30465)."""
    root = os.open("/", os.O_PATH | os.O_CLOEXEC)
    try:
        place = open_unlinked(root, target, os.O_PATH | os.O_NOFOLLOW)
    except OSError as error:
        fail(error, f"mount on {target}")
    finally:
        os.close(root)
    if str(Path(f"/proc/self/fd/{place}").readlink()) != target:
        raise SandboxError(f"can't mount on {target}: somebody moves it")
    return place


def make_place(target: str, *, folder: bool) -> None:
    """Make the empty folder or file that something is mounted on."""
    path = Path(target)
    if folder:
        path.mkdir(parents=True, exist_ok=True)
    elif not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def make_read_only() -> None:
    """No further write to the root file system itself; what is mounted on it keeps its own rules."""
    mount("none", "/", "", k.MS_BIND | k.MS_REMOUNT | k.MS_RDONLY | k.MS_NODEV)
