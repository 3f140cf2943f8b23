"""Switches defences of the runtime off, one by one, by putting something else in the place of the function that is the defence.

Imported by the shim's programs in place of their own start (``__main__.py``); standard library only. A defence whose function is gone
or has another name is an error: the probe that needs it would prove nothing.
"""

import importlib
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from types import ModuleType
from typing import Any, Final

from virtwright.providers.namespace.kernel import calls, capabilities, loopback
from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.sandbox import (
    files,
    identity,
    idmap,
    join,
    process_one,
    program,
    rootfs,
    system_mounts,
    working_folder,
)
from virtwright.providers.namespace.shim import run


def switch_off(name: str) -> None:
    """Raises ``KeyError`` for what is no defence."""
    DEFENCES[name]()


def _replace(module: ModuleType, name: str, make: Callable[[Any], Any]) -> None:
    """``make`` gets what was there."""
    setattr(module, name, make(getattr(module, name)))


def _nothing(*arguments: Any, **named: Any) -> None:
    return None


def _links_resolved() -> None:
    """A mount point is held against what protects as it is written, and its links are followed when it is mounted on."""
    _replace(files, "resolved", lambda _: lambda path: path)
    _replace(rootfs, "_opened", lambda _: lambda target: os.open(target, os.O_PATH))


def _loaded_libraries() -> None:
    """A module is loaded where the file system is the container's already."""

    def late(enter: Any) -> Any:
        def loading(folder: str) -> None:
            with suppress(ImportError):
                importlib.import_module("colorsys")
            enter(folder)

        return loading

    _replace(working_folder, "enter", late)


def _own_devices() -> None:
    """/dev is what the image says."""
    _replace(system_mounts, "_devices", lambda _: _nothing)


def _undumpable() -> None:
    """Who enters a container can be looked at from inside, and takes its time."""

    def lingering(execute: Any) -> Any:
        def executing(*arguments: Any) -> None:
            time.sleep(0.5)
            execute(*arguments)

        return executing

    for module in (calls, identity, idmap, join, process_one):
        _replace(module, "hide_memory", lambda _: _nothing)
    _replace(program, "execute", lingering)


def _rights_given_up_before() -> None:
    """A program gives its rights up where it is seen inside already, and takes its time."""
    late: list[Callable[[], None]] = []

    def deferred(assume: Any) -> Any:
        return lambda *arguments: late.append(lambda: assume(*arguments))

    def lingering(execute: Any) -> Any:
        def executing(*arguments: Any) -> None:
            time.sleep(0.5)
            for assume in late:
                assume()
            execute(*arguments)

        return executing

    _replace(identity, "assume", deferred)
    _replace(program, "execute", lingering)


def _masks() -> None:
    _replace(system_mounts, "MASKED", lambda _: ())


def _read_only_proc() -> None:
    _replace(system_mounts, "READ_ONLY", lambda _: ())


def _read_only_sys() -> None:
    def writable(mount: Any) -> Any:
        def without(source: str, target: str, kind: str, flags: int = 0, data: str = "") -> None:
            mount(source, target, kind, flags & ~k.MS_RDONLY if kind == "sysfs" else flags, data)

        return without

    _replace(system_mounts, "mount", writable)


def _namespace(flag: int) -> Callable[[], None]:
    def off() -> None:
        _replace(process_one, "unshare", lambda unshare: lambda flags: unshare(flags & ~flag))

    return off


def _network_namespace() -> None:
    _namespace(k.CLONE_NEWNET)()
    _replace(process_one, "_UNPRIVILEGED_NETWORK", lambda _: {})  # they would be the host's settings
    _replace(loopback, "bring_up", lambda _: _nothing)


def _pid_namespace() -> None:
    _replace(run, "unshare", lambda _: _nothing)
    _replace(run, "setns", lambda _: _nothing)


def _nodev_root() -> None:
    def devices(mount: Any) -> Any:
        def without(source: str, target: str, kind: str, flags: int = 0, data: str = "") -> None:
            mount(source, target, kind, flags & ~k.MS_NODEV, data)

        return without

    _replace(rootfs, "mount", devices)


def _nodev_volumes() -> None:
    def devices(restrict: Any) -> Any:
        return lambda fd, attributes, **named: restrict(fd, attributes & ~k.MOUNT_ATTR_NODEV, **named)

    _replace(rootfs, "restrict", devices)


def _private_volumes() -> None:
    """The copy stays a peer of what it was copied from; that device nodes work there is of no matter."""
    _replace(rootfs, "restrict", lambda _: _nothing)


def _old_root() -> None:
    _replace(rootfs, "umount", lambda _: _nothing)


def _closed_descriptors() -> None:
    """What is open when the program begins stays open, and with it the root of the host."""

    def leak(keep_only: Any) -> Any:
        def without(*keep: int | None) -> None:
            for fd in range(3, 64):
                with suppress(OSError):
                    os.set_inheritable(fd, True)

        return without

    def hold(enter: Any) -> Any:
        def holding(spec: Any, userns: int | None, *rest: Any) -> Any:
            rootfs.detach("/", userns)
            return enter(spec, userns, *rest)

        return holding

    _replace(process_one, "keep_only", leak)
    _replace(rootfs, "enter", hold)


def _host_mask() -> None:
    def unmasked(begin: Any) -> Any:
        return lambda child, spec, packed, means, gate: begin(child, spec, packed, replace(means, mask=None), gate)

    _replace(run, "begin", unmasked)


def _session_keyring() -> None:
    _replace(identity, "new_session_keyring", lambda _: _nothing)


def _no_new_privileges() -> None:
    def ignoring(prctl: Any) -> Any:
        return lambda option, *words: None if option == k.PR_SET_NO_NEW_PRIVS else prctl(option, *words)

    _replace(identity, "prctl", ignoring)


def _bounding_set() -> None:
    _replace(capabilities, "bound", lambda _: _nothing)


def _inheritable_set() -> None:
    _replace(capabilities, "hold", lambda hold: lambda keep, inheritable=(): hold(keep, keep))


def _ambient_set() -> None:
    def raising(hold: Any) -> Any:
        def without(keep: Any, inheritable: Any = ()) -> None:
            hold(keep, keep)
            capabilities.ambient(keep)

        return without

    _replace(capabilities, "hold", raising)


DEFENCES: Final[dict[str, Callable[[], None]]] = {
    "ambient capabilities": _ambient_set,
    "bounding set": _bounding_set,
    "cgroup namespace": _namespace(k.CLONE_NEWCGROUP),
    "closed descriptors": _closed_descriptors,
    "host mask": _host_mask,
    "inheritable capabilities": _inheritable_set,
    "ipc namespace": _namespace(k.CLONE_NEWIPC),
    "libraries loaded before": _loaded_libraries,
    "links resolved": _links_resolved,
    "masks": _masks,
    "network namespace": _network_namespace,
    "no_new_privs": _no_new_privileges,
    "nodev root": _nodev_root,
    "nodev volumes": _nodev_volumes,
    "old root let go": _old_root,
    "own /dev": _own_devices,
    "pid namespace": _pid_namespace,
    "private volumes": _private_volumes,
    "read-only proc": _read_only_proc,
    "read-only sys": _read_only_sys,
    "rights given up before": _rights_given_up_before,
    "session keyring": _session_keyring,
    "undumpable": _undumpable,
}
