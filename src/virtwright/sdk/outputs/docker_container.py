"""Outputs from ``schemas/docker_container.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from virtwright.sdk import outputs


@pulumi.output_type
class Device(dict[str, Any]):
    """A device of the host given to the container."""

    host: str
    """The device on the host."""
    path: str | None
    """Where it appears inside. Default: the same."""
    permissions: str
    """Read, write, make nodes. Default: rwm."""


@pulumi.output_type
class DockerContainer(dict[str, Any]):
    """What only Docker hosts know."""

    privileged: bool
    """All capabilities and devices of the host. Default: false."""
    init: bool | None
    """Run a small init that reaps orphans. Default: the daemon's."""
    tty: bool
    """Give it a terminal. Default: false."""
    stdin_open: bool
    """Keep its standard input open. Default: false."""
    platform: str | None
    """Which of the image's platforms to run, as ``linux/arm64``. Default: the host's."""
    runtime: str | None
    """The OCI runtime. Default: the daemon's."""
    network_mode: str | None
    """``host``, ``none`` or another of Docker's modes, in place of ``networks``. Default: none of them."""
    pid_mode: str | None
    """Whose processes it sees, as ``host``. Default: its own."""
    ipc_mode: str | None
    """Whose shared memory it sees, as ``host``. Default: its own."""
    user_namespace_mode: str | None
    """``host`` opts out of the daemon's user namespace. Default: the daemon's."""
    extra_hosts: Mapping[str, str]
    """More names for its hosts file; ``host-gateway`` is the host. Default: none."""
    dns: Sequence[str]
    """Name servers. Default: the daemon's."""
    dns_search: Sequence[str]
    """Domains that short names are tried in. Default: the daemon's."""
    dns_options: Sequence[str]
    """Options of the resolver. Default: the daemon's."""
    domain_name: str | None
    """Its domain. Default: none."""
    groups: Sequence[str]
    """More groups for its user. Default: none."""
    devices: Sequence[outputs.Device]
    """Devices of the host. Default: none."""
    gpus: int | None
    """How many GPUs; -1 means all. Default: none."""
    tmpfs: Sequence[outputs.Tmpfs]
    """Folders in memory. Default: none."""
    shm_size: int | None
    """Size of ``/dev/shm`` in bytes. Default: the daemon's, 64MiB."""
    sysctls: Mapping[str, str]
    """Kernel settings of its namespaces. Default: none."""
    ulimits: Mapping[str, outputs.Ulimit]
    """Limits of the kernel, by name, as ``nofile``. Default: the daemon's."""
    security_options: Sequence[str]
    """Security options, as ``no-new-privileges=true``. Default: the daemon's."""
    cgroup_parent: str | None
    """The control group to be made in. Default: the daemon's."""
    oom_score: int | None
    """How readily the kernel kills it when memory is short. Default: 0."""
    log_driver: str | None
    """Where its output goes. Default: the daemon's."""
    log_options: Mapping[str, str]
    """Options of the log driver. Default: the daemon's."""
    cpu_shares: int | None
    """Weight when CPUs are short. Default: 1024."""
    cpu_set: str | None
    """The CPUs it may run on, as ``0-3``. Default: all."""
    cpu_reservation: float | None
    """CPUs that a Swarm keeps free for it. Default: none."""
    memory_reservation: int | None
    """Memory in bytes that is left to it when memory is short. Default: none."""
    memory_swap: int | None
    """Memory and swap together in bytes. Default: twice the memory limit."""


@pulumi.output_type
class DockerService(dict[str, Any]):
    """What only Docker hosts and Swarms know of a service."""

    privileged: bool
    """All capabilities and devices of the host. Default: false."""
    init: bool | None
    """Run a small init that reaps orphans. Default: the daemon's."""
    tty: bool
    """Give it a terminal. Default: false."""
    stdin_open: bool
    """Keep its standard input open. Default: false."""
    platform: str | None
    """Which of the image's platforms to run, as ``linux/arm64``. Default: the host's."""
    runtime: str | None
    """The OCI runtime. Default: the daemon's."""
    network_mode: str | None
    """``host``, ``none`` or another of Docker's modes, in place of ``networks``. Default: none of them."""
    pid_mode: str | None
    """Whose processes it sees, as ``host``. Default: its own."""
    ipc_mode: str | None
    """Whose shared memory it sees, as ``host``. Default: its own."""
    user_namespace_mode: str | None
    """``host`` opts out of the daemon's user namespace. Default: the daemon's."""
    extra_hosts: Mapping[str, str]
    """More names for its hosts file; ``host-gateway`` is the host. Default: none."""
    dns: Sequence[str]
    """Name servers. Default: the daemon's."""
    dns_search: Sequence[str]
    """Domains that short names are tried in. Default: the daemon's."""
    dns_options: Sequence[str]
    """Options of the resolver. Default: the daemon's."""
    domain_name: str | None
    """Its domain. Default: none."""
    groups: Sequence[str]
    """More groups for its user. Default: none."""
    devices: Sequence[outputs.Device]
    """Devices of the host. Default: none."""
    gpus: int | None
    """How many GPUs; -1 means all. Default: none."""
    tmpfs: Sequence[outputs.Tmpfs]
    """Folders in memory. Default: none."""
    shm_size: int | None
    """Size of ``/dev/shm`` in bytes. Default: the daemon's, 64MiB."""
    sysctls: Mapping[str, str]
    """Kernel settings of its namespaces. Default: none."""
    ulimits: Mapping[str, outputs.Ulimit]
    """Limits of the kernel, by name, as ``nofile``. Default: the daemon's."""
    security_options: Sequence[str]
    """Security options, as ``no-new-privileges=true``. Default: the daemon's."""
    cgroup_parent: str | None
    """The control group to be made in. Default: the daemon's."""
    oom_score: int | None
    """How readily the kernel kills it when memory is short. Default: 0."""
    log_driver: str | None
    """Where its output goes. Default: the daemon's."""
    log_options: Mapping[str, str]
    """Options of the log driver. Default: the daemon's."""
    cpu_shares: int | None
    """Weight when CPUs are short. Default: 1024."""
    cpu_set: str | None
    """The CPUs it may run on, as ``0-3``. Default: all."""
    cpu_reservation: float | None
    """CPUs that a Swarm keeps free for it. Default: none."""
    memory_reservation: int | None
    """Memory in bytes that is left to it when memory is short. Default: none."""
    memory_swap: int | None
    """Memory and swap together in bytes. Default: twice the memory limit."""
    endpoint_mode: str | None
    """How the service's name resolves: to one address for all copies, or to each copy's. Default: vip."""
    restart_delay: float | None
    """Time before a copy is started again, in seconds. Default: 5s."""
    restart_attempts: int | None
    """How often a copy is started again. Default: without end."""
    restart_window: float | None
    """How long a copy must have run for a start to count as good, in seconds. Default: at once."""


@pulumi.output_type
class Tmpfs(dict[str, Any]):
    """A folder in memory, gone when the container is."""

    mount: str
    """Where it appears inside."""
    size: int | None
    """Most it may hold, in bytes, as ``64MiB``. Default: half of the host's memory."""
    mode: str | None
    """Permissions of the folder in octal, as text. Default: 1777."""


@pulumi.output_type
class Ulimit(dict[str, Any]):
    """A limit of the kernel for each process; -1 means unlimited."""

    soft: int
    """What holds unless the process raises it."""
    hard: int
    """How far it may be raised."""
