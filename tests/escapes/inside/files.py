"""Ways by files: the kernel's own, devices, mounts, and what the root file system is made of."""

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from tests.escapes.inside.facts import facts
from tests.escapes.inside.system_calls import Refused, chroot_escape, mount, reached, umount, unshare

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNS = 0x00020000
_CLONE_NEWCGROUP = 0x02000000
_MS_RDONLY, _MS_REMOUNT, _MS_BIND = 1, 32, 4096
_PROGRAMS = (
    "kernel/core_pattern",
    "kernel/modprobe",
    "kernel/hotplug",
    "kernel/poweroff_cmd",
    "kernel/usermodehelper/bset",
)
"""Settings below /proc/sys that name a program of the host's or limit it."""
_SETTINGS = ("kernel/panic", "kernel/randomize_va_space", "kernel/kptr_restrict", "vm/mmap_min_addr", "vm/overcommit_memory", "fs/file-max")  # fmt: skip
MASKED = (
    "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
    "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
)  # fmt: skip
READ_ONLY = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")


def _rewrite(paths: Iterable[str]) -> str:
    """Write into the first that can be written what it says already."""
    reasons = []
    for path in paths:
        try:
            with Path(path).open("r+") as file:
                text = file.read()
                file.seek(0)
                file.write(text)
            return f"wrote {path}"
        except OSError as error:
            reasons.append(f"{path}: {error.strerror}")
    raise Refused("; ".join(reasons))


def name_a_program() -> str:
    return _rewrite(f"/proc/sys/{name}" for name in _PROGRAMS)


def change_a_setting() -> str:
    return _rewrite(f"/proc/sys/{name}" for name in _SETTINGS)


def uevent_helper() -> str:
    """Or, where the kernel has none, another file of /sys that belongs to the whole machine."""
    return _rewrite(
        ("/sys/kernel/uevent_helper", "/sys/kernel/mm/ksm/run", "/sys/kernel/rcu_expedited", "/sys/kernel/profiling")
    )


def device_files() -> str:
    """What the machine's keys, buses, file systems and interrupts are steered by. The first is opened, not written."""
    if Path("/proc/sysrq-trigger").exists():
        with suppress(OSError):
            os.close(os.open("/proc/sysrq-trigger", os.O_WRONLY))
            return "opened /proc/sysrq-trigger"
    found = [str(path) for top in ("bus", "fs", "irq") for path in Path("/proc", top).rglob("*") if path.is_file()]
    return _rewrite([*sorted(found)[:20], "/proc/irq/default_smp_affinity"])


def masked_paths() -> str:
    told = [path for path in MASKED if _tells(Path(path))]
    if not told:
        raise Refused("nothing in any of them")
    return f"read {', '.join(told)}"


def _tells(path: Path) -> bool:
    try:
        if path.is_dir():
            return any(path.iterdir())
        with path.open("rb") as file:
            return bool(file.read(64))
    except OSError:
        return False


def unmask() -> str:
    """Take a mask away from what it hides, or make what is read-only writable again."""
    reasons = []
    for path in ("/proc/keys", "/proc/timer_list", "/proc/sys", "/proc/scsi"):
        try:
            umount(path)
            return f"unmounted {path}"
        except OSError as error:
            reasons.append(f"{path}: {error.strerror}")
    try:
        mount("none", "/proc/sys", "", _MS_REMOUNT | _MS_BIND)
        return "remounted /proc/sys"
    except OSError as error:
        raise Refused(f"{'; '.join(reasons)}; /proc/sys: {error.strerror}") from error


def new_proc() -> str:
    """A second /proc, without masks."""
    return _mounted("proc", "proc")


def new_sys() -> str:
    return _mounted("sysfs", "sysfs")


def new_tmpfs() -> str:
    return _mounted("none", "tmpfs")


def bind() -> str:
    return _mounted("/exchange", "", _MS_BIND)


def _mounted(source: str, kind: str, flags: int = 0, data: str = "") -> str:
    place = Path("/tmp/place")
    place.mkdir(exist_ok=True)
    mount(source, str(place), kind, flags, data)
    umount(str(place))
    return f"mounted {kind or source}"


def binary_formats() -> str:
    """A format registered here is run for every program of the host."""
    place = Path("/tmp/formats")
    place.mkdir(exist_ok=True)
    mount("none", str(place), "binfmt_misc")
    try:
        os.close(os.open(place / "register", os.O_WRONLY))
    finally:
        umount(str(place))
    return "opened the register"


def release_agent() -> str:
    """A hierarchy of its own, whose root names a program that the host runs."""
    place = Path("/tmp/groups")
    place.mkdir(exist_ok=True)
    mount("none", str(place), "cgroup", 0, "none,name=virtwright-probe")
    try:
        os.close(os.open(place / "release_agent", os.O_WRONLY))
    finally:
        umount(str(place))
    return "opened release_agent"


def namespaces_for_release_agent() -> str:
    """Kernels with the flaw let whoever had these name the program."""
    unshare(_CLONE_NEWUSER | _CLONE_NEWNS | _CLONE_NEWCGROUP)
    return "a user, a mount and a control-group namespace"


def own_limits() -> str:
    """Its own control group, mounted to lift its own limits."""
    place = Path("/tmp/limits")
    place.mkdir(exist_ok=True)
    for kind, options, name in (("cgroup", "memory", "memory.limit_in_bytes"), ("cgroup2", "", "memory.max")):
        try:
            mount("none", str(place), kind, 0, options)
        except PermissionError:
            raise
        except OSError:
            continue
        try:
            if (place / name).exists():
                os.close(os.open(place / name, os.O_WRONLY))
                return f"opened {name}"
        finally:
            umount(str(place))
    raise Refused("no hierarchy has the controller here")


def overlay_in_user_namespace() -> str:
    """The mount that set-user-id files and attributes were carried out of a user namespace by."""
    unshare(_CLONE_NEWUSER | _CLONE_NEWNS)
    Path("/proc/self/setgroups").write_text("deny")
    for name in ("uid_map", "gid_map"):
        Path("/proc/self", name).write_text("0 0 1")
    mount("none", "/tmp", "tmpfs")
    for name in ("lower", "upper", "work", "all"):
        Path("/tmp", name).mkdir()
    mount("overlay", "/tmp/all", "overlay", 0, "lowerdir=/tmp/lower,upperdir=/tmp/upper,workdir=/tmp/work")
    return "an overlay"


def make_device() -> str:
    _device("/tmp/device").unlink()
    return "made a device node"


def use_made_device() -> str:
    return _used("/tmp/device")


def use_device_made_in_dev() -> str:
    return _used("/dev/device")


def _used(path: str) -> str:
    node = _device(path)
    try:
        os.close(os.open(node, os.O_RDONLY))
    finally:
        node.unlink()
    return "opened a device node of its own"


def _device(path: str) -> Path:
    """That of random numbers, whose use harms nobody."""
    node = Path(path)
    node.unlink(missing_ok=True)
    os.mknod(node, stat.S_IFCHR | 0o666, os.makedev(1, 8))
    return node


def use_device_of_volume() -> str:
    """The host put a node into the volume; nobody inside may open it."""
    os.close(os.open("/volume/device", os.O_RDONLY))
    return "opened a device node of the volume"


def devices_of_the_host() -> str:
    known = {"core", "console", "fd", "full", "mqueue", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty", "urandom", "zero"}  # fmt: skip
    found = sorted({path.name for path in Path("/dev").iterdir()} - known)
    if not found:
        raise Refused("none but the usual ones")
    return f"found {' '.join(found)}"


def secret_by_path() -> str:
    return Path(facts().secret).read_text()


def secret_through_links() -> str:
    """Links of /proc that a process's own root does not bound."""
    host = f"/proc/{facts().process}"
    for start in ("/proc/1/root", "/proc/self/root", "/proc/1/cwd", "/proc/self/cwd", f"{host}/root", f"{host}/cwd"):
        for climb in ("", "/.." * 16):
            path = f"{start}{climb}{facts().secret}"
            try:
                return f"{path}: {Path(path).read_text()}"
            except OSError:
                continue
    raise Refused("all of them end in its own root")


def secret_through_descriptors() -> str:
    """Descriptors that were left open when the program began (and those of process 1)."""
    for folder in ("/proc/self/fd", "/proc/1/fd"):
        try:
            names = [path.name for path in Path(folder).iterdir()]
        except OSError:
            continue
        for name in names:
            for climb in ("", "/.." * 16):
                try:
                    return f"{folder}/{name}{climb}: " + Path(f"{folder}/{name}{climb}{facts().secret}").read_text()
                except (OSError, ValueError):
                    continue
    raise Refused("no descriptor leads there")


def names_of_the_host() -> str:
    found = sorted({path.name for path in Path("/").iterdir()} & set(facts().top))
    if not found:
        raise Refused("none of them")
    return f"found {' '.join(found)}"


def leave_root() -> str:
    found = sorted(set(facts().top) & set(chroot_escape()))
    if not found:
        raise Refused("its own root is the top")
    return f"found {' '.join(found)}"


def pivot() -> str:
    return reached("pivot_root", b"/virtwright-probe", b"/virtwright-probe")
