"""How much room there is where an engine keeps its data. The API does not tell: looked at on the machine itself."""

import os
from pathlib import Path

from virtwright.errors import HostError
from virtwright.providers.docker.client.connection import DockerConnection

_KIB = 1024


def free_space(docker: DockerConnection, folder: str) -> int | None:
    """Bytes that may still be written below ``folder`` of the engine's machine; None where it can't be seen from here."""
    transport = docker.address.transport
    if transport == "unix" and Path(folder).is_dir():
        space = os.statvfs(folder)
        return space.f_bavail * space.f_frsize
    return _over_ssh(docker, folder) if transport == "ssh" else None


def _over_ssh(docker: DockerConnection, folder: str) -> int | None:
    from virtwright.providers.ssh.connection import SshConnection
    from virtwright.providers.ssh.resolve import resolve

    with SshConnection.open(resolve(docker.host)) as ssh:
        try:
            told = ssh.run(["df", "-P", "-k", "--", folder], repeatable=True).stdout
        except HostError:
            return None  # the folder may be root's alone
    return parse_df(told)


def parse_df(told: str) -> int | None:
    """The bytes that are available, of what ``df -P -k`` writes for one folder."""
    words = told.strip().split("\n")[-1].split() if told.strip() else []
    numbers = [word for word in words[1:4] if word.isdigit()]
    return int(numbers[2]) * _KIB if len(numbers) == 3 else None
