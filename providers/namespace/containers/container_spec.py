"""A container as a sandbox: the image's configuration with the inputs laid over it. Pure."""

from virtwright.errors import InputError, Where
from virtwright.providers.archives.config import ImageConfig
from virtwright.providers.namespace.containers.limits import limits
from virtwright.providers.namespace.containers.setting import Setting
from virtwright.providers.namespace.sandbox.spec import FileContent, HealthCheck, MountPoint, SandboxSpec
from virtwright.schemas.attachments import File
from virtwright.schemas.container import Container
from virtwright.schemas.readiness import Healthcheck
from virtwright.schemas.storage import Mount

_DEFAULT_SIGNAL = "SIGTERM"


def container_spec(inputs: Container, setting: Setting) -> SandboxSpec:
    """Raises ``InputError`` where neither the image nor the inputs name a command."""
    config = setting.image.config
    mounts = (*system_mounts(setting), *(_mount_point(mount, setting) for mount in inputs.volumes))
    return SandboxSpec(
        id=setting.id,
        folder=str(setting.folder),
        layers=setting.image.layers,
        host_folders=tuple(inputs.namespace.host_folders) if inputs.namespace else (),
        argv=command_line(inputs, config),
        env={**config.environment(), **inputs.environment},
        cwd=inputs.working_dir or config.working_dir or "/",
        user=inputs.user or config.user,
        hostname=inputs.hostname or setting.name,
        read_only=inputs.read_only,
        mounts=mounts,
        files=tuple(file_content(file) for file in inputs.files),
        netns=str(setting.netns),
        capabilities=tuple(inputs.capabilities),
        drop_capabilities=tuple(inputs.drop_capabilities),
        user_namespace=inputs.namespace.user_namespace if inputs.namespace else None,
        limits=limits(inputs.resources),
        disk_limit=inputs.namespace.disk_limit if inputs.namespace else None,
        restart=inputs.restart,
        stop_signal=stop_signal(inputs, config),
        stop_timeout=inputs.stop_timeout,
        healthcheck=health_check(inputs.healthcheck, config),
    )


def command_line(inputs: Container, config: ImageConfig) -> tuple[str, ...]:
    """An entry point of the inputs drops the image's command with its entry point, as in Docker."""
    if inputs.entrypoint is not None:
        return (*inputs.entrypoint, *(inputs.command or ()))
    words = (*config.entrypoint, *(inputs.command if inputs.command is not None else config.command))
    if not words:
        raise InputError.one(
            "the image names no command", where=Where(path="command"), hint="give the field command, or an entrypoint"
        )
    return words


def stop_signal(inputs: Container, config: ImageConfig) -> str:
    """The image's, unless the inputs name another than the default."""
    return config.stop_signal or _DEFAULT_SIGNAL if inputs.stop_signal == _DEFAULT_SIGNAL else inputs.stop_signal


def health_check(check: Healthcheck | None, config: ImageConfig) -> HealthCheck | None:
    """The inputs' check, else the image's; None where it is disabled or there is none."""
    if check is not None:
        if check.disabled:
            return None
        command = tuple(check.command or ())
        times = (check.interval, check.timeout, check.retries, check.start_period)
        return HealthCheck(command, check.tcp, check.http, *times)
    own = config.healthcheck
    if own is None or not (own_command := own.command()):
        return None
    return HealthCheck(
        tuple(own_command),
        interval=own.seconds(own.interval, 30.0),
        timeout=own.seconds(own.timeout, 30.0),
        retries=own.retries or 3,
        start_period=own.seconds(own.start_period, 0.0),
    )


def file_content(file: File) -> FileContent:
    return FileContent(file.path, file.content or "", int(file.mode, 8), file.owner or "")


def system_mounts(setting: Setting) -> tuple[MountPoint, ...]:
    """The files through which the host tells a container of its networks."""
    points = [MountPoint(str(setting.hosts_file), "/etc/hosts")]
    if setting.resolver_file is not None:
        points.append(MountPoint(str(setting.resolver_file), "/etc/resolv.conf"))
    return tuple(points)


def _mount_point(mount: Mount, setting: Setting) -> MountPoint:
    source = mount.bind if mount.volume is None else setting.volumes[mount.volume]
    return MountPoint(str(source), mount.mount, mount.read_only)
