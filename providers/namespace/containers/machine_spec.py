"""A virtual machine as a sandbox whose process 1 is an init. Pure."""

from virtwright.providers.namespace.containers.boot import boot_actions, typed
from virtwright.providers.namespace.containers.container_spec import system_mounts
from virtwright.providers.namespace.containers.setting import Setting
from virtwright.providers.namespace.sandbox.spec import Limits, MountPoint, SandboxSpec
from virtwright.schemas.machine import VirtualMachine


def machine_spec(inputs: VirtualMachine, setting: Setting) -> SandboxSpec:
    """The machine's boot list runs at its first start only."""
    config = typed(inputs.cloud_init)
    own = inputs.namespace
    disks = (
        MountPoint(str(setting.volumes[str(disk.volume)]), str(disk.mount), disk.read_only) for disk in inputs.disks
    )
    return SandboxSpec(
        id=setting.id,
        folder=str(setting.folder),
        layers=setting.image.layers,
        host_folders=tuple(own.host_folders) if own else (),
        env=setting.image.config.environment(),
        hostname=config.hostname or setting.name,
        mounts=(*system_mounts(setting), *disks),
        netns=str(setting.netns),
        capabilities=tuple(own.capabilities) if own else (),
        privileged=bool(own and own.privileged),
        limits=machine_limits(inputs),
        disk_limit=own.disk_limit if own else None,
        stop_timeout=inputs.shutdown_timeout,
        init="system",
        boot=boot_actions(config),
    )


def machine_limits(inputs: VirtualMachine) -> Limits:
    """The machine's own size, and what limits it further."""
    resources = inputs.resources
    cpu_limit, memory_limit = resources.cpu_limit, resources.memory_limit
    return Limits(
        cpus=float(inputs.cpus) if cpu_limit is None else min(float(inputs.cpus), cpu_limit),
        memory=inputs.memory if memory_limit is None else min(inputs.memory, memory_limit),
        pids=resources.pids,
        cpu_shares=resources.cpu_shares,
    )
