"""The control group of one container."""

import errno
import os
import signal
import time
from contextlib import suppress
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from typing import Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.namespace.cgroups import delegation, values
from virtwright.providers.namespace.cgroups.layout import CONTROLLERS, GROUP, Layout, missing, parse
from virtwright.providers.namespace.kernel.errors import SandboxError, fail
from virtwright.providers.namespace.sandbox.spec import USUAL_PIDS, Limits

_V2_CONTROLLERS: Final = ("cpu", "memory", "pids")


@cache
def detect() -> Layout:
    """The hierarchies of this machine."""
    return parse(Path("/proc/self/mountinfo").read_text())


@dataclass(frozen=True)
class Group:
    """One container's group, the same name in every hierarchy. Raises ``SandboxError``."""

    name: str
    layout: Layout
    delegated: bool = False
    """Its members make groups of their own below it, in every hierarchy: for machines that are hosts themselves."""

    @cached_property
    def v1(self) -> dict[str, Path]:
        return {controller: mount / GROUP / self.name for controller, mount in self.layout.v1.items()}

    @cached_property
    def v2(self) -> Path | None:
        """The group in the v2 hierarchy, where that one serves any controller or the freezer."""
        if self.layout.v2 is None or self.layout.v1.keys() >= set(CONTROLLERS):
            return None
        return self.layout.v2 / GROUP / self.name

    @property
    def folders(self) -> list[Path]:
        unique = dict.fromkeys(self.v1.values())
        used = [*unique, self.v2] if self.v2 else [*unique]
        return list(dict.fromkeys([*used, *delegation.folders(self.layout, self.name)])) if self.delegated else used

    @property
    def _v2_served(self) -> list[str]:
        return [controller for controller in _V2_CONTROLLERS if controller not in self.v1] if self.v2 else []

    def create(self, limits: Limits) -> None:
        """Make the group, with ``limits``. What an earlier group of this name still holds is ended."""
        if self.layout.v2 and self.v2:
            _delegate(self.layout.v2, self._v2_served)
            _delegate(self.layout.v2 / GROUP, self._v2_served)
        elif absent := missing(self.layout, ()):
            raise SandboxError(f"this machine offers no control groups for {', '.join(absent)}: mount /sys/fs/cgroup")
        try:
            self._make_folders()
        except FileExistsError:
            self.remove()
            self._make_folders()
        if self.delegated:
            delegation.prepare(self.layout, self.name)
        self.set_limits(limits, fresh=True)

    def _make_folders(self) -> None:
        for folder in self.folders:
            try:
                folder.mkdir()
            except FileNotFoundError:
                folder.mkdir(parents=True)

    def set_limits(self, limits: Limits, *, fresh: bool = False) -> None:
        """Set all limits. ``fresh`` spares the writes that only undo an earlier limit."""
        nothing = Limits()
        if limits.pids is None and not self.delegated:
            limits = replace(limits, pids=USUAL_PIDS)
        for controller, folder in self.v1.items():
            wanted = list(values.v1(controller, limits))
            if not fresh or wanted != list(values.v1(controller, nothing)):
                _write_all(folder, wanted)
        for controller in self._v2_served:
            wanted = list(values.v2(controller, limits))
            if self.v2 and (not fresh or wanted != list(values.v2(controller, nothing))):
                _write_all(self.v2, wanted)

    def enter(self) -> None:
        """Move the calling process, which has one thread, into the group.

        On v1 a lone thread that moves itself spares the kernel a wait of 10 ms and more for every CPU."""
        if self.delegated:
            for file in delegation.entrances(self.layout, self.name):
                _join(file)
            return
        for mount in set(self.layout.v1.values()):
            _join(f"{mount}/{GROUP}/{self.name}/tasks")
        if self.v2:
            _join(f"{self.v2}/cgroup.procs")

    def pids(self) -> list[int]:
        """Every process of the group."""
        return sorted(set().union(*map(delegation.processes, self.folders)))

    def freeze(self, *, timeout: float = 10.0) -> None:
        """Stop every process where it is; returns when all stand still."""
        self._set_frozen(True)
        end = time.monotonic() + timeout
        while not self.frozen:
            if time.monotonic() > end:
                self._set_frozen(False)
                raise SandboxError(f"the processes of {self.name} could not all be frozen within {timeout:g} s")
            time.sleep(0.002)

    def thaw(self) -> None:
        self._set_frozen(False)

    def _set_frozen(self, frozen: bool) -> None:
        if "freezer" in self.v1:
            _write(self.v1["freezer"] / "freezer.state", "FROZEN" if frozen else "THAWED")
        elif self.v2:
            _write(self.v2 / "cgroup.freeze", "1" if frozen else "0")

    @property
    def frozen(self) -> bool:
        if "freezer" in self.v1:
            return _read(self.v1["freezer"] / "freezer.state").strip() == "FROZEN"
        return bool(self.v2) and values.field(_read(self.v2 / "cgroup.events"), "frozen") == 1  # type: ignore[operator]

    def oom_kills(self) -> int:
        """Processes of the group that the kernel killed for want of memory."""
        if "memory" in self.v1:
            return values.field(_read(self.v1["memory"] / "memory.oom_control"), "oom_kill")
        return values.field(_read(self.v2 / "memory.events"), "oom_kill") if self.v2 else 0

    def kill(self, *, timeout: float = 10.0) -> None:
        """Kill every process of the group, frozen or not; returns when none is left."""
        end = time.monotonic() + timeout
        while pids := self.pids():
            if time.monotonic() > end:
                raise SandboxError(f"processes {pids} of {self.name} can't be killed (they may hang in the kernel)")
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            with suppress(SandboxError):
                self.thaw()
            time.sleep(0.002)

    def remove(self, *, timeout: float = 10.0) -> None:
        """Kill what runs in the group, and in those that were made below it, and delete them. One that is gone already
        is fine. Whether it was ``delegated`` need not be known."""
        self.kill(timeout=timeout)
        end = time.monotonic() + timeout
        for folder in replace(self, delegated=True).folders:
            while not _rmdir(folder):
                if time.monotonic() > end:
                    raise SandboxError(f"the control group {folder} stays in use")
                if not delegation.remove_below(folder):
                    time.sleep(0.002)


def _delegate(folder: Path, controllers: list[str]) -> None:
    """Let the groups below ``folder`` use ``controllers``."""
    folder.mkdir(exist_ok=True)
    offered = _read(folder / "cgroup.controllers").split()
    if absent := [controller for controller in controllers if controller not in offered]:
        raise SandboxError(
            f"the control groups at {folder} offer no {', '.join(absent)}: "
            "nothing was delegated to this process (run it where systemd sets Delegate=yes, or as root of the machine)"
        )
    enabled = _read(folder / "cgroup.subtree_control").split()
    if wanted := [controller for controller in controllers if controller not in enabled]:
        try:
            (folder / "cgroup.subtree_control").write_text(" ".join(f"+{controller}" for controller in wanted))
        except OSError as error:
            if error.errno == errno.EBUSY:
                raise SandboxError(
                    f"can't enable {', '.join(wanted)} in {folder}: processes sit in that very group; "
                    "move them into a group below it"
                ) from error
            fail(error, f"enable {', '.join(wanted)} in {folder}")


def _write_all(folder: Path, wanted: list[tuple[str, str]]) -> None:
    """Write files whose order may matter (memory and memory plus swap): what is refused is tried once more, last."""
    refused = []
    for name, value in wanted:
        if not (folder / name).exists() and "sw" in name:
            continue  # a kernel without swap accounting
        try:
            (folder / name).write_text(value)
        except OSError:
            refused.append((name, value))
    for name, value in refused:
        _write(folder / name, value)
    if refused and len(wanted) > len(refused):
        for name, value in wanted:
            if (name, value) not in refused and (folder / name).exists():
                _write(folder / name, value)


def _write(file: Path, value: str) -> None:
    try:
        file.write_text(value)
    except OSError as error:
        fail(error, f"write {value} to {file}")


def _join(file: str) -> None:
    """Without pathlib: in a fork, each page of memory that is used is copied first."""
    try:
        fd = os.open(file, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(fd, b"0")
        finally:
            os.close(fd)
    except OSError as error:
        fail(error, f"write 0 to {file}")


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""


def _rmdir(folder: Path) -> bool:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno == errno.EBUSY:
            return False
        fail(error, f"remove the control group {folder}")
    return True
