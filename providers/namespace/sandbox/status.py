"""What a shim tells of its container, in the file ``status`` of the container's folder."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.namespace.kernel.processes import Process
from virtwright.providers.namespace.sandbox.spec import encode

State = Literal["starting", "running", "paused", "restarting", "stopped", "exited", "gone", "absent"]
ALIVE: Final = frozenset({"starting", "running", "paused", "restarting"})
FILE: Final = "status"
STARTED: Final = "started"
"""The file that marks that the first start is over: files are written and the boot list is done."""


@dataclass(frozen=True, slots=True)
class Status:
    """``stopped``: on request; ``exited``: by itself, and not to be restarted; ``restarting``: waits for its next start;
    ``gone``: its shim died with it (a reboot, a kill); ``absent``: never started or removed."""

    state: State
    shim: Process | None = None
    process: Process | None = None
    """Process 1 of the container, as the host sees it."""
    started_at: str = ""
    """RFC 3339, UTC."""
    finished_at: str = ""
    exit_status: int | None = None
    """Of the last run that ended: 0 to 255, or 128 plus the signal that ended it."""
    oom_killed: bool = False
    """The last run was ended for want of memory."""
    oom_kills: int = 0
    """Processes inside killed for want of memory since the start."""
    restarts: int = 0
    health: Literal["none", "starting", "healthy", "unhealthy"] = "none"
    health_output: str = ""
    """What the last check said."""
    boot: Literal["none", "running", "done", "failed"] = "none"
    """The boot list of a system container."""
    boot_error: str = ""
    error: str = ""
    """Why the last start failed."""
    user_namespace: bool = False
    cgroup: str = ""
    """Its name under the runtime's own group in each hierarchy."""
    devices: tuple[int, ...] = ()
    """Of a privileged container: the file systems of its own (``st_dev``), whose files may have become loop devices."""
    warnings: tuple[str, ...] = ()
    """Protections that this machine could not give."""

    @property
    def alive(self) -> bool:
        return self.state in ALIVE

    @property
    def ready(self) -> bool:
        """Running, its boot list done, its health check (if any) passed."""
        return self.state == "running" and self.health in ("none", "healthy") and self.boot in ("none", "done")


def _from_json(value: dict[str, Any]) -> Status:
    """Fields that this version does not know are left out. Raises ``TypeError`` or ``ValueError`` for what is no status."""
    known = {name: value[name] for name in Status.__slots__ if name in value}
    processes = {name: Process(**value[name]) for name in ("shim", "process") if value.get(name)}
    lists = {name: tuple(value.get(name, ())) for name in ("devices", "warnings")}
    return Status(**{**known, **processes, **lists})


def is_first(folder: Path) -> bool:
    """Whether the first start of the container in ``folder`` is still to come, or to be repeated."""
    return not (folder / STARTED).exists()


ABSENT: Final = Status("absent")


def write(folder: Path, status: Status) -> None:
    """Replace the file in one step. What a health check printed may hold secrets, so it is root's alone."""
    scratch = folder / f".{FILE}"
    write_private(scratch, encode(status))
    scratch.rename(folder / FILE)


def write_private(path: Path, text: str) -> None:
    with open(path, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)


def group_name(id: str, folder: Path) -> str:
    """The name of a container's control group: unique on the machine, also between runtime roots."""
    return f"{id}-{_mark(folder)}"


def _mark(folder: Path) -> str:
    import hashlib  # not for the shims, which import this module

    return hashlib.sha256(str(folder).encode()).hexdigest()[:8]


def read(folder: Path) -> Status:
    """What the file says, corrected by what is true now: a shim that is no more can't have a container that runs, and in a folder that
    somebody copied the file speaks of the container in another one."""
    status = _read(folder)
    if not _shim_is_missing(status):
        return status
    status = _read(folder)  # it may have ended between the look at its file and the look at itself: the file says how
    return replace(status, state="gone") if _shim_is_missing(status) else status


def _shim_is_missing(status: Status) -> bool:
    return status.alive and not (status.shim and status.shim.alive)


def _read(folder: Path) -> Status:
    try:
        text = (folder / FILE).read_text()
    except (FileNotFoundError, NotADirectoryError):
        return Status("gone") if (folder / "layer").is_dir() and (folder / "spec.json").exists() else ABSENT
    try:
        status = _from_json(json.loads(text))
    except (AttributeError, TypeError, ValueError):
        return Status("gone")
    return Status("gone") if _is_of_another(status, folder) else status


def _is_of_another(status: Status, folder: Path) -> bool:
    return bool(status.cgroup) and not status.cgroup.endswith(f"-{_mark(folder)}")
