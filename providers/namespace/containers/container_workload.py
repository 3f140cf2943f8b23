"""Containers: one program, kept running as its restart policy says."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from virtwright.providers.diff import Change, Impact
from virtwright.providers.namespace.cgroups.group import Group
from virtwright.providers.namespace.cgroups.reading import read_limits
from virtwright.providers.namespace.containers.limits import limits
from virtwright.providers.namespace.containers.workload import Power, Workload
from virtwright.providers.namespace.sandbox.status import Status
from virtwright.schemas.attachments import File
from virtwright.schemas.container import Container, ContainerResources
from virtwright.schemas.values import Properties

if TYPE_CHECKING:
    from virtwright.providers.namespace.containers.setting import Setting
    from virtwright.providers.namespace.sandbox.spec import SandboxSpec


class ContainerWorkload(Workload[Container]):
    """The traits of the kind Container."""

    kind = "Container"

    def parse(self, properties: Properties) -> Container:
        return Container.model_validate(properties)

    def spec(self, inputs: Container, setting: "Setting") -> "SandboxSpec":
        from virtwright.providers.namespace.containers.container_spec import container_spec

        return container_spec(inputs, setting)

    def volumes(self, inputs: Container) -> Sequence[str]:
        return [mount.volume for mount in inputs.volumes if mount.volume is not None]

    def hostname(self, inputs: Container) -> str | None:
        return inputs.hostname

    def power(self, inputs: Container) -> Power:
        return "running"

    def observed(
        self, inputs: Container, folder: Path, status: Status, group: Group, frozen: bool
    ) -> tuple[Container, Sequence[Change]]:
        if not status.alive:
            return inputs, ()
        changes: dict[str, Any] = {}
        wanted = limits(inputs.resources)
        if (found := read_limits(group, wanted)) != wanted:
            resources = ContainerResources.model_construct(cpus=found.cpus, memory=found.memory, pids=found.pids)
            changes["resources"] = resources
        files, drift = _observed_files(folder, inputs.files) if status.process else (inputs.files, [])
        if files is not inputs.files:
            changes["files"] = files
        return inputs.model_copy(update=changes) if changes else inputs, drift

    def drift(self, inputs: Container, status: Status, frozen: bool) -> Sequence[Change]:
        if self.finished(inputs, status):
            return ()
        if status.state in ("running", "starting") and not frozen:
            if status.health != "unhealthy":
                return ()
            seen = f"unhealthy: {status.health_output}".rstrip(": ")
            return (Change(("health",), seen, "healthy", Impact.LIVE),)
        return (Change(("state",), describe(status, frozen), "running", Impact.LIVE),)

    def finished(self, inputs: Container, status: Status) -> bool:
        return status.state == "exited" and status.exit_status == 0 and inputs.restart in ("no", "on-failure")


def describe(status: Status, frozen: bool = False) -> str:
    """A container's state for people: ``exited with status 3``, ``out of memory``."""
    if frozen or status.state == "paused":
        return "paused"
    if status.state not in ("exited", "restarting"):
        return "gone" if status.state == "absent" else status.state
    reason = "out of memory" if status.oom_killed else f"status {status.exit_status}"
    return f"exited: {reason}" if status.state == "exited" else f"restarting after {reason}"


def _observed_files(folder: Path, files: list[File]) -> tuple[list[File], list[Change]]:
    if not files:
        return files, []
    from virtwright.providers.namespace.containers.inner_files import observed_files

    return observed_files(folder, files)
