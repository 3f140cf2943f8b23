"""First-boot configuration as the boot list of a system container. Pure."""

from collections.abc import Iterator

from virtwright.providers.namespace.containers.user_data import parse_user_data
from virtwright.providers.namespace.sandbox.spec import BootAction, FileContent
from virtwright.schemas.cloud_init import CloudInit


def typed(config: CloudInit | None) -> CloudInit:
    """The typed fields, also where they were given as raw user data."""
    if config is None:
        return CloudInit()
    return config if config.user_data is None else parse_user_data(config.user_data)


def boot_actions(config: CloudInit) -> tuple[BootAction, ...]:
    """Users first, so that files can belong to them; then files, packages and commands, in cloud-init's order."""
    return tuple(_actions(config))


def _actions(config: CloudInit) -> Iterator[BootAction]:
    for user in config.users:
        yield BootAction(
            "add_user",
            name=user.name,
            uid=user.uid,
            shell=user.shell or "",
            home=user.home or "",
            groups=tuple(user.groups),
            password_hash=user.password_hash or "",
            sudo=user.sudo or "",
            authorized_keys=tuple(user.ssh_authorized_keys),
        )
    if config.ssh_authorized_keys:
        yield BootAction("add_user", name="root", authorized_keys=tuple(config.ssh_authorized_keys))
    for file in config.write_files:
        yield BootAction(
            "write_file", file=FileContent(file.path, file.content or "", int(file.mode, 8), file.owner or "")
        )
    if config.packages:
        yield BootAction("install", packages=tuple(config.packages))
    for command in config.runcmd:
        argv = ("/bin/sh", "-c", command) if isinstance(command, str) else tuple(command)
        yield BootAction("run", argv=argv)
