"""Inputs from ``schemas/docker_container.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NotRequired, TypedDict

import pulumi


@pulumi.input_type
@dataclass(kw_only=True)
class DeviceArgs:
    """A device of the host given to the container."""

    host: pulumi.Input[str]
    """The device on the host."""
    path: pulumi.Input[str] | None = None
    """Where it appears inside. Default: the same."""
    permissions: pulumi.Input[str] | None = None
    """Read, write, make nodes. Default: rwm."""


class DeviceArgsDict(TypedDict):
    """A device of the host given to the container."""

    host: pulumi.Input[str]
    """The device on the host."""
    path: NotRequired[pulumi.Input[str] | None]
    """Where it appears inside. Default: the same."""
    permissions: NotRequired[pulumi.Input[str] | None]
    """Read, write, make nodes. Default: rwm."""


@pulumi.input_type
@dataclass(kw_only=True)
class DockerContainerArgs:
    """What only Docker hosts know."""

    privileged: pulumi.Input[bool] | None = None
    """All capabilities and devices of the host. Default: false."""
    init: pulumi.Input[bool] | None = None
    """Run a small init that reaps orphans. Default: the daemon's."""
    tty: pulumi.Input[bool] | None = None
    """Give it a terminal. Default: false."""
    stdin_open: pulumi.Input[bool] | None = None
    """Keep its standard input open. Default: false."""
    platform: pulumi.Input[str] | None = None
    """Which of the image's platforms to run, as ``linux/arm64``. Default: the host's."""
    runtime: pulumi.Input[str] | None = None
    """The OCI runtime. Default: the daemon's."""
    network_mode: pulumi.Input[str] | None = None
    """``host``, ``none`` or another of Docker's modes, in place of ``networks``. Default: none of them."""
    pid_mode: pulumi.Input[str] | None = None
    """Whose processes it sees, as ``host``. Default: its own."""
    ipc_mode: pulumi.Input[str] | None = None
    """Whose shared memory it sees, as ``host``. Default: its own."""
    user_namespace_mode: pulumi.Input[Literal["host"]] | None = None
    """``host`` opts out of the daemon's user namespace. Default: the daemon's."""
    extra_hosts: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None
    """More names for its hosts file; ``host-gateway`` is the host. Default: none."""
    dns: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """Name servers. Default: the daemon's."""
    dns_search: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """Domains that short names are tried in. Default: the daemon's."""
    dns_options: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """Options of the resolver. Default: the daemon's."""
    domain_name: pulumi.Input[str] | None = None
    """Its domain. Default: none."""
    groups: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """More groups for its user. Default: none."""
    devices: pulumi.Input[Sequence[pulumi.Input[DeviceArgs | DeviceArgsDict]]] | None = None
    """Devices of the host. Default: none."""
    gpus: pulumi.Input[int] | None = None
    """How many GPUs; -1 means all. Default: none."""
    tmpfs: pulumi.Input[Sequence[pulumi.Input[TmpfsArgs | TmpfsArgsDict]]] | None = None
    """Folders in memory. Default: none."""
    shm_size: pulumi.Input[int | str] | None = None
    """Size of ``/dev/shm`` in bytes. Default: the daemon's, 64MiB."""
    sysctls: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None
    """Kernel settings of its namespaces. Default: none."""
    ulimits: pulumi.Input[Mapping[str, pulumi.Input[UlimitArgs | UlimitArgsDict]]] | None = None
    """Limits of the kernel, by name, as ``nofile``. Default: the daemon's."""
    security_options: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """Security options, as ``no-new-privileges=true``. Default: the daemon's."""
    cgroup_parent: pulumi.Input[str] | None = None
    """The control group to be made in. Default: the daemon's."""
    oom_score: pulumi.Input[int] | None = None
    """How readily the kernel kills it when memory is short. Default: 0."""
    log_driver: pulumi.Input[str] | None = None
    """Where its output goes. Default: the daemon's."""
    log_options: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None
    """Options of the log driver. Default: the daemon's."""
    cpu_shares: pulumi.Input[int] | None = None
    """Weight when CPUs are short. Default: 1024."""
    cpu_set: pulumi.Input[str] | None = None
    """The CPUs it may run on, as ``0-3``. Default: all."""
    cpu_reservation: pulumi.Input[float] | None = None
    """CPUs that a Swarm keeps free for it. Default: none."""
    memory_reservation: pulumi.Input[int | str] | None = None
    """Memory in bytes that is left to it when memory is short. Default: none."""
    memory_swap: pulumi.Input[int | str] | None = None
    """Memory and swap together in bytes. Default: twice the memory limit."""


class DockerContainerArgsDict(TypedDict):
    """What only Docker hosts know."""

    privileged: NotRequired[pulumi.Input[bool] | None]
    """All capabilities and devices of the host. Default: false."""
    init: NotRequired[pulumi.Input[bool] | None]
    """Run a small init that reaps orphans. Default: the daemon's."""
    tty: NotRequired[pulumi.Input[bool] | None]
    """Give it a terminal. Default: false."""
    stdin_open: NotRequired[pulumi.Input[bool] | None]
    """Keep its standard input open. Default: false."""
    platform: NotRequired[pulumi.Input[str] | None]
    """Which of the image's platforms to run, as ``linux/arm64``. Default: the host's."""
    runtime: NotRequired[pulumi.Input[str] | None]
    """The OCI runtime. Default: the daemon's."""
    network_mode: NotRequired[pulumi.Input[str] | None]
    """``host``, ``none`` or another of Docker's modes, in place of ``networks``. Default: none of them."""
    pid_mode: NotRequired[pulumi.Input[str] | None]
    """Whose processes it sees, as ``host``. Default: its own."""
    ipc_mode: NotRequired[pulumi.Input[str] | None]
    """Whose shared memory it sees, as ``host``. Default: its own."""
    user_namespace_mode: NotRequired[pulumi.Input[Literal["host"]] | None]
    """``host`` opts out of the daemon's user namespace. Default: the daemon's."""
    extra_hosts: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]] | None]
    """More names for its hosts file; ``host-gateway`` is the host. Default: none."""
    dns: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Name servers. Default: the daemon's."""
    dns_search: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Domains that short names are tried in. Default: the daemon's."""
    dns_options: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Options of the resolver. Default: the daemon's."""
    domain_name: NotRequired[pulumi.Input[str] | None]
    """Its domain. Default: none."""
    groups: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """More groups for its user. Default: none."""
    devices: NotRequired[pulumi.Input[Sequence[pulumi.Input[DeviceArgs | DeviceArgsDict]]] | None]
    """Devices of the host. Default: none."""
    gpus: NotRequired[pulumi.Input[int] | None]
    """How many GPUs; -1 means all. Default: none."""
    tmpfs: NotRequired[pulumi.Input[Sequence[pulumi.Input[TmpfsArgs | TmpfsArgsDict]]] | None]
    """Folders in memory. Default: none."""
    shm_size: NotRequired[pulumi.Input[int | str] | None]
    """Size of ``/dev/shm`` in bytes. Default: the daemon's, 64MiB."""
    sysctls: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]] | None]
    """Kernel settings of its namespaces. Default: none."""
    ulimits: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[UlimitArgs | UlimitArgsDict]]] | None]
    """Limits of the kernel, by name, as ``nofile``. Default: the daemon's."""
    security_options: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Security options, as ``no-new-privileges=true``. Default: the daemon's."""
    cgroup_parent: NotRequired[pulumi.Input[str] | None]
    """The control group to be made in. Default: the daemon's."""
    oom_score: NotRequired[pulumi.Input[int] | None]
    """How readily the kernel kills it when memory is short. Default: 0."""
    log_driver: NotRequired[pulumi.Input[str] | None]
    """Where its output goes. Default: the daemon's."""
    log_options: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]] | None]
    """Options of the log driver. Default: the daemon's."""
    cpu_shares: NotRequired[pulumi.Input[int] | None]
    """Weight when CPUs are short. Default: 1024."""
    cpu_set: NotRequired[pulumi.Input[str] | None]
    """The CPUs it may run on, as ``0-3``. Default: all."""
    cpu_reservation: NotRequired[pulumi.Input[float] | None]
    """CPUs that a Swarm keeps free for it. Default: none."""
    memory_reservation: NotRequired[pulumi.Input[int | str] | None]
    """Memory in bytes that is left to it when memory is short. Default: none."""
    memory_swap: NotRequired[pulumi.Input[int | str] | None]
    """Memory and swap together in bytes. Default: twice the memory limit."""


@pulumi.input_type
@dataclass(kw_only=True)
class DockerServiceArgs:
    """What only Docker hosts and Swarms know of a service."""

    privileged: pulumi.Input[bool] | None = None
    """All capabilities and devices of the host. Default: false."""
    init: pulumi.Input[bool] | None = None
    """Run a small init that reaps orphans. Default: the daemon's."""
    tty: pulumi.Input[bool] | None = None
    """Give it a terminal. Default: false."""
    stdin_open: pulumi.Input[bool] | None = None
    """Keep its standard input open. Default: false."""
    platform: pulumi.Input[str] | None = None
    """Which of the image's platforms to run, as ``linux/arm64``. Default: the host's."""
    runtime: pulumi.Input[str] | None = None
    """The OCI runtime. Default: the daemon's."""
    network_mode: pulumi.Input[str] | None = None
    """``host``, ``none`` or another of Docker's modes, in place of ``networks``. Default: none of them."""
    pid_mode: pulumi.Input[str] | None = None
    """Whose processes it sees, as ``host``. Default: its own."""
    ipc_mode: pulumi.Input[str] | None = None
    """Whose shared memory it sees, as ``host``. Default: its own."""
    user_namespace_mode: pulumi.Input[Literal["host"]] | None = None
    """``host`` opts out of the daemon's user namespace. Default: the daemon's."""
    extra_hosts: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None
    """More names for its hosts file; ``host-gateway`` is the host. Default: none."""
    dns: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """Name servers. Default: the daemon's."""
    dns_search: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """Domains that short names are tried in. Default: the daemon's."""
    dns_options: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """Options of the resolver. Default: the daemon's."""
    domain_name: pulumi.Input[str] | None = None
    """Its domain. Default: none."""
    groups: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """More groups for its user. Default: none."""
    devices: pulumi.Input[Sequence[pulumi.Input[DeviceArgs | DeviceArgsDict]]] | None = None
    """Devices of the host. Default: none."""
    gpus: pulumi.Input[int] | None = None
    """How many GPUs; -1 means all. Default: none."""
    tmpfs: pulumi.Input[Sequence[pulumi.Input[TmpfsArgs | TmpfsArgsDict]]] | None = None
    """Folders in memory. Default: none."""
    shm_size: pulumi.Input[int | str] | None = None
    """Size of ``/dev/shm`` in bytes. Default: the daemon's, 64MiB."""
    sysctls: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None
    """Kernel settings of its namespaces. Default: none."""
    ulimits: pulumi.Input[Mapping[str, pulumi.Input[UlimitArgs | UlimitArgsDict]]] | None = None
    """Limits of the kernel, by name, as ``nofile``. Default: the daemon's."""
    security_options: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """Security options, as ``no-new-privileges=true``. Default: the daemon's."""
    cgroup_parent: pulumi.Input[str] | None = None
    """The control group to be made in. Default: the daemon's."""
    oom_score: pulumi.Input[int] | None = None
    """How readily the kernel kills it when memory is short. Default: 0."""
    log_driver: pulumi.Input[str] | None = None
    """Where its output goes. Default: the daemon's."""
    log_options: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None
    """Options of the log driver. Default: the daemon's."""
    cpu_shares: pulumi.Input[int] | None = None
    """Weight when CPUs are short. Default: 1024."""
    cpu_set: pulumi.Input[str] | None = None
    """The CPUs it may run on, as ``0-3``. Default: all."""
    cpu_reservation: pulumi.Input[float] | None = None
    """CPUs that a Swarm keeps free for it. Default: none."""
    memory_reservation: pulumi.Input[int | str] | None = None
    """Memory in bytes that is left to it when memory is short. Default: none."""
    memory_swap: pulumi.Input[int | str] | None = None
    """Memory and swap together in bytes. Default: twice the memory limit."""
    endpoint_mode: pulumi.Input[Literal["vip", "dnsrr"]] | None = None
    """How the service's name resolves: to one address for all copies, or to each copy's. Default: vip."""
    restart_delay: pulumi.Input[float | str] | None = None
    """Time before a copy is started again, in seconds. Default: 5s."""
    restart_attempts: pulumi.Input[int] | None = None
    """How often a copy is started again. Default: without end."""
    restart_window: pulumi.Input[float | str] | None = None
    """How long a copy must have run for a start to count as good, in seconds. Default: at once."""


class DockerServiceArgsDict(TypedDict):
    """What only Docker hosts and Swarms know of a service."""

    privileged: NotRequired[pulumi.Input[bool] | None]
    """All capabilities and devices of the host. Default: false."""
    init: NotRequired[pulumi.Input[bool] | None]
    """Run a small init that reaps orphans. Default: the daemon's."""
    tty: NotRequired[pulumi.Input[bool] | None]
    """Give it a terminal. Default: false."""
    stdin_open: NotRequired[pulumi.Input[bool] | None]
    """Keep its standard input open. Default: false."""
    platform: NotRequired[pulumi.Input[str] | None]
    """Which of the image's platforms to run, as ``linux/arm64``. Default: the host's."""
    runtime: NotRequired[pulumi.Input[str] | None]
    """The OCI runtime. Default: the daemon's."""
    network_mode: NotRequired[pulumi.Input[str] | None]
    """``host``, ``none`` or another of Docker's modes, in place of ``networks``. Default: none of them."""
    pid_mode: NotRequired[pulumi.Input[str] | None]
    """Whose processes it sees, as ``host``. Default: its own."""
    ipc_mode: NotRequired[pulumi.Input[str] | None]
    """Whose shared memory it sees, as ``host``. Default: its own."""
    user_namespace_mode: NotRequired[pulumi.Input[Literal["host"]] | None]
    """``host`` opts out of the daemon's user namespace. Default: the daemon's."""
    extra_hosts: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]] | None]
    """More names for its hosts file; ``host-gateway`` is the host. Default: none."""
    dns: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Name servers. Default: the daemon's."""
    dns_search: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Domains that short names are tried in. Default: the daemon's."""
    dns_options: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Options of the resolver. Default: the daemon's."""
    domain_name: NotRequired[pulumi.Input[str] | None]
    """Its domain. Default: none."""
    groups: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """More groups for its user. Default: none."""
    devices: NotRequired[pulumi.Input[Sequence[pulumi.Input[DeviceArgs | DeviceArgsDict]]] | None]
    """Devices of the host. Default: none."""
    gpus: NotRequired[pulumi.Input[int] | None]
    """How many GPUs; -1 means all. Default: none."""
    tmpfs: NotRequired[pulumi.Input[Sequence[pulumi.Input[TmpfsArgs | TmpfsArgsDict]]] | None]
    """Folders in memory. Default: none."""
    shm_size: NotRequired[pulumi.Input[int | str] | None]
    """Size of ``/dev/shm`` in bytes. Default: the daemon's, 64MiB."""
    sysctls: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]] | None]
    """Kernel settings of its namespaces. Default: none."""
    ulimits: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[UlimitArgs | UlimitArgsDict]]] | None]
    """Limits of the kernel, by name, as ``nofile``. Default: the daemon's."""
    security_options: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Security options, as ``no-new-privileges=true``. Default: the daemon's."""
    cgroup_parent: NotRequired[pulumi.Input[str] | None]
    """The control group to be made in. Default: the daemon's."""
    oom_score: NotRequired[pulumi.Input[int] | None]
    """How readily the kernel kills it when memory is short. Default: 0."""
    log_driver: NotRequired[pulumi.Input[str] | None]
    """Where its output goes. Default: the daemon's."""
    log_options: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]] | None]
    """Options of the log driver. Default: the daemon's."""
    cpu_shares: NotRequired[pulumi.Input[int] | None]
    """Weight when CPUs are short. Default: 1024."""
    cpu_set: NotRequired[pulumi.Input[str] | None]
    """The CPUs it may run on, as ``0-3``. Default: all."""
    cpu_reservation: NotRequired[pulumi.Input[float] | None]
    """CPUs that a Swarm keeps free for it. Default: none."""
    memory_reservation: NotRequired[pulumi.Input[int | str] | None]
    """Memory in bytes that is left to it when memory is short. Default: none."""
    memory_swap: NotRequired[pulumi.Input[int | str] | None]
    """Memory and swap together in bytes. Default: twice the memory limit."""
    endpoint_mode: NotRequired[pulumi.Input[Literal["vip", "dnsrr"]] | None]
    """How the service's name resolves: to one address for all copies, or to each copy's. Default: vip."""
    restart_delay: NotRequired[pulumi.Input[float | str] | None]
    """Time before a copy is started again, in seconds. Default: 5s."""
    restart_attempts: NotRequired[pulumi.Input[int] | None]
    """How often a copy is started again. Default: without end."""
    restart_window: NotRequired[pulumi.Input[float | str] | None]
    """How long a copy must have run for a start to count as good, in seconds. Default: at once."""


@pulumi.input_type
@dataclass(kw_only=True)
class TmpfsArgs:
    """A folder in memory, gone when the container is."""

    mount: pulumi.Input[str]
    """Where it appears inside."""
    size: pulumi.Input[int | str] | None = None
    """Most it may hold, in bytes, as ``64MiB``. Default: half of the host's memory."""
    mode: pulumi.Input[str] | None = None
    """Permissions of the folder in octal, as text. Default: 1777."""


class TmpfsArgsDict(TypedDict):
    """A folder in memory, gone when the container is."""

    mount: pulumi.Input[str]
    """Where it appears inside."""
    size: NotRequired[pulumi.Input[int | str] | None]
    """Most it may hold, in bytes, as ``64MiB``. Default: half of the host's memory."""
    mode: NotRequired[pulumi.Input[str] | None]
    """Permissions of the folder in octal, as text. Default: 1777."""


@pulumi.input_type
@dataclass(kw_only=True)
class UlimitArgs:
    """A limit of the kernel for each process; -1 means unlimited."""

    soft: pulumi.Input[int]
    """What holds unless the process raises it."""
    hard: pulumi.Input[int]
    """How far it may be raised."""


class UlimitArgsDict(TypedDict):
    """A limit of the kernel for each process; -1 means unlimited."""

    soft: pulumi.Input[int]
    """What holds unless the process raises it."""
    hard: pulumi.Input[int]
    """How far it may be raised."""
