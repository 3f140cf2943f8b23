"""Containers: from inputs to what the Docker API creates. Pure; Service builds on it too.

https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Container/operation/ContainerCreate
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from virtwright.providers.docker.containers.check import USUAL_SHARES
from virtwright.providers.docker.containers.endpoints import endpoint
from virtwright.providers.docker.containers.health import docker_health
from virtwright.schemas.attachments import PublishedPort
from virtwright.schemas.container import Container, ContainerResources
from virtwright.schemas.docker_container import DockerContainer, Tmpfs
from virtwright.schemas.storage import Mount

BILLION: Final = 1_000_000_000
UNLIMITED: Final = -1
IMAGES_OWN_SIGNAL: Final = "SIGTERM"
"""The default: a signal that the image asks for goes before it."""
Body = dict[str, Any]


def create_body(inputs: Container, own_name: str, labels: Mapping[str, str], binds: Sequence[str] = ()) -> Body:
    """What ``POST /containers/create`` takes. ``own_name`` is the resource's name as a host name; ``binds`` are folders and
    files of the host beside those of the inputs."""
    docker = inputs.docker or DockerContainer()
    joins = {join.network: endpoint(join, own_name) for join in inputs.networks}
    return {
        **process(inputs, docker, own_name),
        "Image": inputs.image,
        "Labels": dict(labels),
        "ExposedPorts": {port_key(port): {} for port in inputs.ports},
        "HostConfig": {**host_config(inputs, docker), "Mounts": all_mounts(inputs, docker), "Binds": [*binds]},
        "NetworkingConfig": {"EndpointsConfig": joins},
    }


def process(inputs: Container, docker: DockerContainer, own_name: str) -> Body:
    """What runs, without where."""
    body: Body = {
        "Cmd": inputs.command,
        "Entrypoint": inputs.entrypoint,
        "Env": [f"{name}={value}" for name, value in inputs.environment.items()],
        "WorkingDir": inputs.working_dir,
        "User": inputs.user,
        "Hostname": inputs.hostname or (None if shares_network(docker) else own_name),
        "Domainname": docker.domain_name,
        "Healthcheck": docker_health(inputs.healthcheck),
        "StopSignal": None if inputs.stop_signal == IMAGES_OWN_SIGNAL else inputs.stop_signal,
        "StopTimeout": math.ceil(inputs.stop_timeout),
        "Tty": docker.tty,
        "OpenStdin": docker.stdin_open,
    }
    return {name: value for name, value in body.items() if value is not None}


def shares_network(docker: DockerContainer) -> bool:
    """Whether it has no network namespace, and so no host name, of its own."""
    mode = docker.network_mode
    return mode is not None and (mode == "host" or mode.startswith("container:"))


def host_config(inputs: Container, docker: DockerContainer) -> Body:
    """How the host treats it: all of ``HostConfig`` but the mounts."""
    body: Body = {
        "PidsLimit": UNLIMITED,  # said in full: Podman has a limit of its own where nothing is said
        **limits(inputs.resources, docker),
        "PortBindings": _bindings(inputs.ports),
        "RestartPolicy": restart_policy(inputs),
        "CapAdd": inputs.capabilities or None,
        "CapDrop": inputs.drop_capabilities or None,
        "ReadonlyRootfs": inputs.read_only,
        "NetworkMode": docker.network_mode or (inputs.networks[0].network if inputs.networks else "default"),
        "Privileged": docker.privileged,
        "Init": docker.init,
        "Runtime": docker.runtime,
        "PidMode": docker.pid_mode,
        "IpcMode": docker.ipc_mode,
        "UsernsMode": docker.user_namespace_mode,
        "ExtraHosts": [f"{name}:{address}" for name, address in docker.extra_hosts.items()] or None,
        "Dns": docker.dns or None,
        "DnsSearch": docker.dns_search or None,
        "DnsOptions": docker.dns_options or None,
        "GroupAdd": docker.groups or None,
        "Devices": _devices(docker) or None,
        "DeviceRequests": _gpus(docker),
        "ShmSize": docker.shm_size,
        "Sysctls": docker.sysctls or None,
        "Ulimits": [{"Name": name, "Soft": each.soft, "Hard": each.hard} for name, each in docker.ulimits.items()]
        or None,
        "SecurityOpt": docker.security_options or None,
        "CgroupParent": docker.cgroup_parent,
        "OomScoreAdj": docker.oom_score,
        "LogConfig": _logging(docker),
    }
    return {name: value for name, value in body.items() if value is not None}


def limits(resources: ContainerResources, docker: DockerContainer) -> Body:
    """The limits that are set; ``POST /containers/{id}/update`` takes them too."""
    body: Body = {
        "NanoCpus": round(resources.cpus * BILLION) if resources.cpus is not None else None,
        "Memory": resources.memory,
        "MemorySwap": docker.memory_swap,
        "MemoryReservation": docker.memory_reservation,
        "PidsLimit": resources.pids,
        "CpuShares": docker.cpu_shares,
        "CpusetCpus": docker.cpu_set,
    }
    return {name: value for name, value in body.items() if value is not None}


def update_body(inputs: Container) -> Body:
    """All that ``POST /containers/{id}/update`` is to put in force. What the API takes for "as it is" is said in full."""
    docker = inputs.docker or DockerContainer()
    body = {"PidsLimit": UNLIMITED, "CpuShares": USUAL_SHARES, **limits(inputs.resources, docker)}
    memory = inputs.resources.memory
    if memory is not None and docker.memory_swap is None:
        body["MemorySwap"] = 2 * memory  # as the daemon chooses for a new one; it must never be less than the memory
    return {**body, "RestartPolicy": restart_policy(inputs)}


def restart_policy(inputs: Container) -> Body:
    return {"Name": inputs.restart, "MaximumRetryCount": 0}


def port_key(port: PublishedPort) -> str:
    return f"{port.port}/{port.protocol}"


def _bindings(ports: Sequence[PublishedPort]) -> dict[str, list[Body]]:
    found: dict[str, list[Body]] = {}
    for port in ports:
        binding = {"HostIp": port.host_address or "", "HostPort": str(port.host_port)}
        found.setdefault(port_key(port), []).append(binding)
    return found


def all_mounts(inputs: Container, docker: DockerContainer) -> list[Body]:
    return [*(mount(each) for each in inputs.volumes), *(tmpfs(each) for each in docker.tmpfs)]


def mount(each: Mount) -> Body:
    kind, source = ("volume", each.volume) if each.volume is not None else ("bind", each.bind)
    return {"Type": kind, "Source": source, "Target": each.mount, "ReadOnly": each.read_only}


def tmpfs(each: Tmpfs) -> Body:
    options: Body = {"SizeBytes": each.size} if each.size is not None else {}
    if each.mode is not None:
        options["Mode"] = int(each.mode, 8)
    return {"Type": "tmpfs", "Target": each.mount, "TmpfsOptions": options}


def _devices(docker: DockerContainer) -> list[Body]:
    return [
        {"PathOnHost": each.host, "PathInContainer": each.path or each.host, "CgroupPermissions": each.permissions}
        for each in docker.devices
    ]


def _gpus(docker: DockerContainer) -> list[Body] | None:
    return [{"Driver": "", "Count": docker.gpus, "Capabilities": [["gpu"]]}] if docker.gpus else None


def _logging(docker: DockerContainer) -> Body | None:
    if docker.log_driver is None and not docker.log_options:
        return None
    return {"Type": docker.log_driver or "", "Config": docker.log_options}
