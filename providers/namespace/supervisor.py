"""The command line's side of containers: starting, stopping, entering and removing them. Synchronous and thread-safe.

Everything that forks or changes namespaces happens in other processes: this one may have many threads.
"""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from virtwright.errors import HostError, VirtwrightError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.context import Context
from virtwright.providers.namespace import layer_disk, mask_building
from virtwright.providers.namespace.cgroups.group import Group, detect
from virtwright.providers.namespace.id_ranges import claimed
from virtwright.providers.namespace.kernel import loop_devices, trees
from virtwright.providers.namespace.kernel.capabilities import DEFAULT
from virtwright.providers.namespace.kernel.errors import SandboxError
from virtwright.providers.namespace.kernel.processes import boot_id
from virtwright.providers.namespace.launching import Launcher
from virtwright.providers.namespace.locking import locked
from virtwright.providers.namespace.sandbox import filters
from virtwright.providers.namespace.sandbox import status as status_file
from virtwright.providers.namespace.sandbox.request import Request
from virtwright.providers.namespace.sandbox.rootfs import prepare_folders
from virtwright.providers.namespace.sandbox.spec import DEFAULT_SECCOMP, HOST, Limits, SandboxSpec
from virtwright.providers.namespace.sandbox.status import STARTED, Status, group_name
from virtwright.providers.namespace.shim import control

SPEC: Final = "spec.json"
_FILES: Final = (SPEC, f".{SPEC}", status_file.FILE, f".{status_file.FILE}", "control", "lock", "shim.error", "started")
_FOLDERS: Final = ("layer", "root")
_MASK_LASTS: Final = 60.0
"""Seconds until the host's root is looked through again for what is shown of it."""
_DEAF: Final = 5.0
"""Seconds for which a shim may refuse to listen."""
_ANSWER_MARGIN: Final = 30.0
"""Seconds beyond a stop's own timeout until a shim that does not answer is given up."""


def nothing() -> None:
    """What there is to do meanwhile, where there is nothing."""


class StartFailedError(HostError):
    """A sandbox's program could not be started, for this ``reason``."""

    def __init__(self, id: str, reason: str) -> None:
        super().__init__(f"could not start {id}: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Mask:
    """What is shown of the host."""

    fd: int
    owners: tuple[int, ...]
    expires: float
    """On the clock of ``time.monotonic``."""


class Supervisor:
    """Runs the containers of one runtime root. ``cache`` is where compiled filters are kept; ``private`` are folders of
    the host that no container with the host's root may see (the runtime's own, the state's)."""

    def __init__(self, cache: Path, private: Iterable[Path] = ()) -> None:
        self._cache = cache
        self._private = (cache, *private)
        self._launcher = Launcher()
        self._lock = threading.Lock()
        self._masks: dict[tuple[str, ...], _Mask] = {}
        """By the folders of the host's own that are shown."""

    def warm(self) -> None:
        """Start the launcher now: it gets ready while the caller goes on."""
        self._launcher.warm()

    def close(self) -> None:
        """End the launcher. Containers go on."""
        self._launcher.close()
        with self._lock:
            for mask in self._masks.values():
                os.close(mask.fd)
            self._masks.clear()

    def start(
        self, spec: SandboxSpec, meanwhile: Callable[[], None] = nothing, context: Context | None = None
    ) -> Status:
        """Make and start a container; what its folder holds from an earlier life (its writable layer) is kept.

        Returns when its program runs. ``meanwhile`` is called while the sandbox is being built, and the program begins after it; what it raises is raised on,
        and nothing was started then. Raises ``StartFailedError`` where it can't be started, another ``HostError`` where it runs already or its
        sandbox does not get ready, and ``CancelledError`` where the user does not wait for that: what there is of it then is for ``remove``."""
        folder = Path(spec.folder)
        self.warm()
        ready, warnings = self.completed(spec)
        group = group_name(spec.id, folder)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with locked(folder) as lock, claimed() as (first_id, claim), self._mask(spec, first_id) as mask:
                _sweep(folder)
                save(spec)
                if spec.disk_limit is not None:
                    layer_disk.prepare(folder, spec.disk_limit)
                prepare_folders(spec.folder)
                Group(group, detect(), delegated=spec.privileged).create(spec.limits)
                request = Request(ready, group, first_id, warnings)
                try:
                    answer = self._launcher.request(request, (lock, claim), mask, meanwhile, context or Context())
                except VirtwrightError:
                    _end_shim(status(folder))  # nobody waits for it any more
                    raise
                if answer["error"]:
                    _sweep(folder)
        except SandboxError as error:
            raise StartFailedError(spec.id, error.message) from error
        except OSError as error:
            raise HostError(f"could not write to {folder}: {error.strerror}") from error
        if answer["error"]:
            raise StartFailedError(spec.id, str(answer["error"]))
        return status(folder)

    def completed(self, spec: SandboxSpec) -> tuple[SandboxSpec, tuple[str, ...]]:
        """``spec`` with the default filter in place, and what this machine can not give."""
        if spec.seccomp != DEFAULT_SECCOMP:
            return spec, ()
        if spec.privileged:
            return replace(spec, seccomp=None), ()
        try:
            path = filters.compiled(self._cache, {*DEFAULT, *spec.capabilities})
        except filters.FilterUnavailableError as error:
            return replace(spec, seccomp=None), (str(error),)
        return replace(spec, seccomp=str(path)), ()

    @contextmanager
    def _mask(self, spec: SandboxSpec, first_id: int) -> Iterator[int | None]:
        """The layers of what is shown of the host, as a file descriptor; None where nothing of it is."""
        if HOST not in spec.layers:
            yield None
            return
        with self._lock:
            fd = os.dup(self._fresh_mask(tuple(sorted(spec.host_folders)), mask_building.owners(first_id)))
        try:
            yield fd
        finally:
            os.close(fd)

    def _fresh_mask(self, shown: tuple[str, ...], owners: tuple[int, ...]) -> int:
        mask = self._masks.get(shown)
        if mask is None or mask.owners != owners or time.monotonic() > mask.expires:
            fd = mask_building.build(self._private, shown, owners)
            if mask is not None:
                os.close(mask.fd)
            mask = self._masks[shown] = _Mask(fd, owners, time.monotonic() + _MASK_LASTS)
        return mask.fd


def save(spec: SandboxSpec) -> None:
    """Keep ``spec`` beside its container. It may hold secrets: only the owner can read it."""
    scratch = Path(spec.folder) / f".{SPEC}"
    scratch.unlink(missing_ok=True)
    scratch.touch(0o600)
    scratch.write_text(spec.to_json())
    scratch.rename(Path(spec.folder) / SPEC)


def load(folder: Path) -> SandboxSpec:
    """The spec that was started last. Raises ``HostError`` where there is none or it is damaged."""
    try:
        spec = SandboxSpec.from_json((folder / SPEC).read_text())
    except (OSError, ValueError, TypeError) as error:
        raise HostError(f"could not read {folder / SPEC}: {error}") from error
    return replace(spec, folder=str(folder))  # somebody may have copied it from another place


def status(folder: Path) -> Status:
    """What is true of the container in ``folder`` now."""
    return status_file.read(folder)


def stop(folder: Path, timeout: float) -> Status:
    """Send the stop signal, kill after ``timeout`` seconds (0: at once), and wait for the end.

    One that does not run is left as it is. A shim that does not answer is killed, and its container with it. Raises
    ``HostError``."""
    end = time.monotonic() + _DEAF
    while (now := status(folder)).alive:
        with suppress(HostError):
            _ask(folder, {"do": "stop", "timeout": timeout}, timeout + _ANSWER_MARGIN)
            continue
        if time.monotonic() > end:
            _end_shim(now)
        time.sleep(0.01)  # it may be about to end, or have begun a moment ago
    if now.state == "gone":
        _sweep(folder)
    return status(folder)


def _end_shim(now: Status) -> None:
    if now.shim is not None and (pidfd := now.shim.open()) is not None:
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        os.close(pidfd)


def kill(folder: Path) -> Status:
    """End the container at once."""
    return stop(folder, 0.0)


def pause(folder: Path) -> None:
    """Freeze every process of the container. Raises ``HostError``."""
    _ask(folder, {"do": "pause"}, _ANSWER_MARGIN)


def resume(folder: Path) -> None:
    """Undo ``pause``. Raises ``HostError``."""
    _ask(folder, {"do": "resume"}, _ANSWER_MARGIN)


def set_limits(folder: Path, limits: Limits) -> None:
    """Change the limits of a container that runs, and of its later starts. Raises ``HostError``."""
    spec = replace(load(folder), limits=limits)
    if status(folder).alive:
        _ask(folder, {"do": "limits", "limits": asdict(limits)}, _ANSWER_MARGIN)
    save(spec)


def adopt(folder: Path, spec: SandboxSpec) -> None:
    """Let a container, whether it runs or not, go on under ``spec``, which may differ in limits, restart policy, health
    check, stop signal and timeout only; all else comes to bear at the next start. Raises ``HostError``."""
    old = load(folder)
    if status(folder).alive:
        _ask(folder, {"do": "limits", "limits": asdict(spec.limits)}, _ANSWER_MARGIN)  # somebody may have lifted them
        if (request := _adopted(spec)) != _adopted(old):
            _ask(folder, {"do": "adopt", **request}, _ANSWER_MARGIN)
    save(spec)


def renew(folder: Path) -> None:
    """Let the next start of a container be like its first, which writes its files."""
    (folder / STARTED).unlink(missing_ok=True)


def _adopted(spec: SandboxSpec) -> dict[str, Any]:
    fields = asdict(spec)
    return {name: fields[name] for name in ("restart", "healthcheck", "stop_signal", "stop_timeout")}


def remove(folder: Path) -> None:
    """End the container and delete all that this runtime part made in ``folder``; the folder itself and what others put
    there stay. Removing what is gone succeeds. Raises ``HostError`` where something can't be ended or deleted."""
    if not folder.exists():
        return
    stop(folder, 0.0)
    _sweep(folder)
    try:
        for file in [*folder.glob("log*"), *(folder / name for name in _FILES)]:
            file.unlink(missing_ok=True)
        layer_disk.remove(folder)
        for name in _FOLDERS:
            trees.remove(str(folder / name))
    except OSError as error:
        raise HostError(f"could not delete {error.filename}: {error.strerror}") from error


def _sweep(folder: Path) -> None:
    """End what a shim that was killed left behind. Does nothing to a container that runs."""
    now = status_file.read(folder)
    if now.alive or now.state == "absent":
        return
    try:
        Group(now.cgroup or group_name(_id(folder), folder), detect()).remove()
    except SandboxError as error:
        raise HostError(f"could not end what is left of the container in {folder}: {error.message}") from error
    if now.shim is not None and now.shim.boot == boot_id():  # device numbers mean nothing in a later boot
        loop_devices.release(now.devices)


def _id(folder: Path) -> str:
    try:
        return load(folder).id
    except HostError:
        return folder.name


def _ask(folder: Path, request: Mapping[str, Any], timeout: float) -> None:
    """One request to the shim. Raises ``HostError`` for its refusal, or where it is not there."""
    try:
        with control.connect(folder, timeout) as connection:
            connection.send(json.dumps(request).encode())
            data = connection.recv(65536)
    except OSError as error:
        raise HostError("the container is not running") from error
    if not data:
        raise HostError("the container's shim ended in the middle of a request")
    if error_text := json.loads(data)["error"]:
        raise HostError(error_text)
